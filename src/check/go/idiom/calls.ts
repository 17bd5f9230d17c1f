/** Calls by the name of what they call, which is how most rules find their places. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import { keyOfNamed, pointee } from "../symbols.ts";
import type { NodeId } from "../tree.ts";

/**
 * Whom a call calls: `net/http.Get`, `net/http.Client.Do` (also through a pointer), `panic`. Of a method the type that
 * declares it, or the variable's own type where only that is known.
 */
export function calleeName(pkg: GoPackage, call: NodeId): string | undefined {
  const callee = pkg.tree.callee(call);
  if (pkg.tree.kind(callee) === Kind.SelectorExpr) return selectedName(pkg, callee);
  const target = pkg.callOf(call);
  if (target?.kind === "builtin") return target.name;
  if (target?.kind === "static" || target?.kind === "interface") return target.symbol.key;
  return undefined;
}

/** `path.Name` or `path.Type.Name` of a selector expression: a function, a method, a package's variable, a field. */
export function selectedName(pkg: GoPackage, selector: NodeId): string | undefined {
  const { tree } = pkg;
  const x = tree.x(selector);
  const sel = tree.child(selector, Role.Sel);
  if (x === undefined || sel === undefined) return undefined;
  const base = pkg.symbol(x);
  if (base?.kind === "pkg") return `${base.pkgPath}.${tree.name(sel)}`;
  const key = pkg.selection(selector)?.symbol.key;
  if (key !== undefined) return key;
  const type = pointee(pkg.typeOf(x));
  return type?.kind === "named" ? `${keyOfNamed(type)}.${tree.name(sel)}` : undefined;
}

/** The package's calls under each name. */
function callIndex(pkg: GoPackage): ReadonlyMap<string, readonly NodeId[]> {
  return pkg.memo("idiom.callIndex", () => {
    const index = new Map<string, NodeId[]>();
    for (const call of pkg.tree.all(Kind.CallExpr)) {
      const name = calleeName(pkg, call);
      if (name === undefined) continue;
      const calls = index.get(name);
      if (calls === undefined) index.set(name, [call]);
      else calls.push(call);
    }
    return index;
  });
}

/** The package's calls of one of these, by `calleeName`. */
export function callsTo(pkg: GoPackage, names: readonly string[]): NodeId[] {
  const index = callIndex(pkg);
  return names.flatMap((name) => index.get(name) ?? []);
}

/** What a method is called on: `x` in `x.Close()`. */
export function receiverOf(pkg: GoPackage, call: NodeId): NodeId | undefined {
  const callee = pkg.tree.callee(call);
  return pkg.tree.kind(callee) === Kind.SelectorExpr ? pkg.tree.x(callee) : undefined;
}

/** The method's or function's own name: `Close` in `x.y.Close()`. */
export function shortName(pkg: GoPackage, call: NodeId): string {
  const { tree } = pkg;
  const callee = tree.callee(call);
  if (tree.kind(callee) === Kind.Ident) return tree.name(callee);
  if (tree.kind(callee) !== Kind.SelectorExpr) return "";
  const sel = tree.child(callee, Role.Sel);
  return sel === undefined ? "" : tree.name(sel);
}

/** The callee as written, for messages: `http.Get`, `c.client.Do`. */
export function calleeText(pkg: GoPackage, call: NodeId): string {
  return pkg.text(pkg.tree.callee(call)).replaceAll(/\s+/gu, "");
}
