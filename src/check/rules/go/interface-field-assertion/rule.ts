/** `x.field.(T)` with one result, where the field is known to hold something else at times. */

import { bareAssertions, hasOk, isGuarded } from "../../../go/idiom/assertions.ts";
import { selectedName } from "../../../go/idiom/calls.ts";
import { functionName } from "../../../go/idiom/control.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { GoTree, NodeId } from "../../../go/tree.ts";

/** Of the standard library, where others set what they like, or nothing. */
const replaceable: ReadonlyMap<string, string> = new Map([
  ["net/http.DefaultTransport", "any package may have replaced it"],
  ["net/http.Client.Transport", "it is nil unless somebody set it, and may be any RoundTripper"],
  ["net/http.Server.Handler", "it may be any Handler, or nil"],
]);

export const rule: GoRule = {
  meta: {
    id: "go/interface-field-assertion",
    title: "an interface's value asserted without a check",
    category: "nil",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const assertion of bareAssertions(pkg)) {
      if (
        pkg.tree.kind(assertion.x) !== Kind.SelectorExpr ||
        inTest(pkg, assertion.node) ||
        isGuarded(pkg, assertion)
      ) {
        continue;
      }
      if (/^must/iu.test(functionName(pkg.tree, pkg.tree.func(assertion.node)))) continue;
      const known = replaceable.get(selectedName(pkg, assertion.x) ?? "");
      const found = known === undefined ? doubt(pkg, assertion.x, assertion.type) : { reason: known, isCertain: true };
      if (found === undefined) continue;
      report(pkg.place(assertion.node), {
        message: `${pkg.text(assertion.x)} is taken to be ${pkg.text(assertion.type)}, but ${found.reason}: this panics then`,
        confidence: found.isCertain ? "medium" : "low",
      });
    }
  },
};

interface Doubt {
  readonly reason: string;
  /** Several types in one field are usually told apart by something that a reader knows; nil hardly ever is. */
  readonly isCertain: boolean;
}

/** Why the field may hold another type, by what this package does with it. */
function doubt(pkg: GoPackage, x: NodeId, type: NodeId): Doubt | undefined {
  const field = pkg.symbol(x);
  if (field?.scope !== "field" || field.exported) return undefined;
  const known = contents(pkg).get(field);
  if (known === undefined) return undefined;
  const asserted = pkg.typeOf(type)?.text ?? pkg.text(type);
  // Whether it has a method more is often asked once and known from then on.
  if (pkg.typeOf(type)?.underlying?.kind === "interface") return undefined;
  const other = [...known.types].find((text) => text !== asserted);
  if (known.nilAt !== undefined) return { reason: `${lineOf(pkg, known.nilAt, x)} sets it to nil`, isCertain: true };
  if (known.types.size > 1 && other !== undefined) return { reason: `it holds ${other} as well`, isCertain: false };
  if (known.checkedAt === undefined) return undefined;
  return { reason: `${lineOf(pkg, known.checkedAt, x)} expects other types too`, isCertain: false };
}

/** `line 7`, with the file if it is another one than that of `from`. */
function lineOf(pkg: GoPackage, node: NodeId, from: NodeId): string {
  const place = pkg.place(node);
  const file = place.path === pkg.place(from).path ? "" : ` of ${place.path.split("/").at(-1) ?? place.path}`;
  return `line ${place.line}${file}`;
}

interface Contents {
  /** Concrete types that are assigned. */
  readonly types: Set<string>;
  nilAt: NodeId | undefined;
  /** Where its type is asked for. */
  checkedAt: NodeId | undefined;
}

/** What is put into each field of interface type, and where its type is looked at. */
function contents(pkg: GoPackage): ReadonlyMap<GoSymbol, Contents> {
  return pkg.memo("interface-field-assertion.contents", () => {
    const found = new Map<GoSymbol, Contents>();
    for (const node of pkg.tree.all(Kind.AssignStmt)) collectAssigned(pkg, node, found);
    for (const node of pkg.tree.all(Kind.KeyValueExpr)) collectElement(pkg, node, found);
    for (const node of pkg.tree.all(Kind.TypeAssertExpr)) collectCheck(pkg, node, found);
    return found;
  });
}

function contentsOf(found: Map<GoSymbol, Contents>, field: GoSymbol): Contents {
  const known = found.get(field);
  if (known !== undefined) return known;
  const made: Contents = { types: new Set(), nilAt: undefined, checkedAt: undefined };
  found.set(field, made);
  return made;
}

function collectAssigned(pkg: GoPackage, statement: NodeId, found: Map<GoSymbol, Contents>): void {
  const [left, right] = [pkg.tree.lhs(statement), pkg.tree.rhs(statement)];
  if (left.length !== right.length) return;
  for (const [i, target] of left.entries()) {
    const field = pkg.tree.kind(target) === Kind.SelectorExpr ? pkg.symbol(target) : undefined;
    if (field?.scope === "field") collectValue(pkg, right[i] ?? target, contentsOf(found, field));
  }
}

function collectElement(pkg: GoPackage, element: NodeId, found: Map<GoSymbol, Contents>): void {
  const [key, value] = [pkg.tree.child(element, Role.Key), pkg.tree.child(element, Role.Value)];
  const field = key === undefined ? undefined : pkg.symbol(key);
  if (field?.scope === "field" && value !== undefined) collectValue(pkg, value, contentsOf(found, field));
}

function collectValue(pkg: GoPackage, value: NodeId, known: Contents): void {
  const at = pkg.tree.unparen(value);
  if (pkg.tree.kind(at) === Kind.Ident && pkg.tree.name(at) === "nil") {
    known.nilAt ??= value;
    return;
  }
  const type = pkg.typeOf(at);
  if (type !== undefined && type.underlying?.kind !== "interface" && !type.name.startsWith("untyped")) {
    known.types.add(type.text);
  }
}

function collectCheck(pkg: GoPackage, node: NodeId, found: Map<GoSymbol, Contents>): void {
  const x = pkg.tree.x(node);
  const field = x === undefined ? undefined : pkg.symbol(x);
  if (field?.scope !== "field") return;
  if (pkg.tree.type(node) === undefined || hasOk(pkg, node)) {
    contentsOf(found, field).checkedAt ??= lineStart(pkg.tree, node);
  }
}

function lineStart(tree: GoTree, node: NodeId): NodeId {
  return tree.parent(node) ?? node;
}
