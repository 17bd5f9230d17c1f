/** A Once or lock works only if it is the same one for everybody: assigned anew, or a variable of one call, it is not. */

import type { Confidence } from "../../../finding.ts";
import { functionName, loopAround } from "../../../go/idiom/control.ts";
import { onceCalls } from "../../../go/idiom/once.ts";
import { inMain, inTest } from "../../../go/idiom/surroundings.ts";
import { rootOf, useOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import { type GoSymbol, keyOfNamed, pointee } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

const kinds: ReadonlyMap<string, string> = new Map([
  ["sync.Once", "Do"],
  ["sync.Mutex", "Lock"],
  ["sync.RWMutex", "Lock"],
]);

export const rule: GoRule = {
  meta: {
    id: "go/sync-value-renewed",
    title: "a Once or lock that is replaced, or new in each call",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const assignment of pkg.tree.all(Kind.AssignStmt)) {
      const found = replacement(pkg, assignment);
      if (found === undefined || inTest(pkg, assignment)) continue;
      report(pkg.place(assignment), {
        message: found.isInside
          ? `${found.name} is replaced inside its own Do: the unlock at the end of Do finds a lock that nobody holds, and the program dies`
          : `${found.name} is replaced here while others may be in its ${found.method}: they go on with the old state, or unlock what is not locked`,
        why: "A value of package sync must stay where it is while it is in use; replace a pointer to it, under a lock.",
        confidence: confidenceOf(found),
        related: [{ place: pkg.place(found.use), message: `${found.name}.${found.method} is called here` }],
      });
    }
    for (const symbol of localValues(pkg)) {
      const declared = symbol.decl ?? 0;
      const method = methodOf(symbol) ?? "";
      report(pkg.place(declared), {
        message: `${symbol.name} is a variable of ${functionName(pkg.tree, symbol.func)}, so that each call has one of its own: ${method === "Do" ? "Do runs its function every time" : "nobody else ever takes this lock"}`,
        why: "A Once or lock keeps goroutines apart only if they all use the same one.",
        confidence: "high",
      });
    }
  },
};

interface Replacement {
  readonly name: string;
  readonly method: string;
  /** Where it is used. */
  readonly use: NodeId;
  readonly isInside: boolean;
  /** What it is part of is made for several goroutines, by its other parts. */
  readonly isConcurrent: boolean;
}

function confidenceOf({ isInside, isConcurrent }: Replacement): Confidence {
  if (isInside) return "high";
  return isConcurrent ? "medium" : "low";
}

function methodOf({ type }: GoSymbol): string | undefined {
  return type?.kind === "named" ? kinds.get(keyOfNamed(type)) : undefined;
}

/** `x.once = sync.Once{}` for something that others use. */
function replacement(pkg: GoPackage, assignment: NodeId): Replacement | undefined {
  const { tree } = pkg;
  if (tree.op(assignment) !== "=") return undefined;
  for (const [at, target] of tree.lhs(assignment).entries()) {
    const value = tree.rhs(assignment)[at];
    const symbol = pkg.symbol(tree.unparen(target));
    const method = symbol === undefined ? undefined : methodOf(symbol);
    if (value === undefined || symbol === undefined || method === undefined) continue;
    if (tree.kind(tree.unparen(value)) !== Kind.CompositeLit || !isShared(pkg, target, symbol)) continue;
    const inside = onceCalls(pkg).find(
      ({ object, literal }) => tree.contains(literal, assignment) && pkg.symbol(object) === symbol,
    );
    if (inside !== undefined) {
      return { name: pkg.text(target), method, use: inside.call, isInside: true, isConcurrent: true };
    }
    const use = isQuiet(pkg, assignment) ? undefined : usedElsewhere(pkg, symbol, assignment, method);
    if (use !== undefined) {
      const isConcurrent = method !== "Do" || symbol.scope === "package" || hasSharedParts(pkg, target);
      return { name: pkg.text(target), method, use, isInside: false, isConcurrent };
    }
  }
  return undefined;
}

/** A package's, or a part of something that this function was given; what it has just made nobody else has. */
function isShared(pkg: GoPackage, target: NodeId, symbol: GoSymbol): boolean {
  const root = rootOf(pkg, target);
  if (symbol.scope === "package" && root === symbol) return true;
  return symbol.scope === "field" && (root?.scope === "recv" || root?.scope === "package");
}

/** A builder's Once may be there to compute something late, by one goroutine. */
function hasSharedParts(pkg: GoPackage, target: NodeId): boolean {
  const at = pkg.tree.unparen(target);
  const holder = pkg.tree.kind(at) === Kind.SelectorExpr ? pointee(pkg.typeOf(at + 1)) : undefined;
  const fields = holder?.fields ?? holder?.underlying?.fields ?? [];
  return fields.some(({ type }) => {
    const held = pointee(type);
    return (
      held?.underlying?.kind === "chan" ||
      (/^(?:sync|sync\/atomic|context)$/.test(held?.pkgPath ?? "") && held?.name !== "Once")
    );
  });
}

/** Before anything else has begun, or with a lock taken first. */
function isQuiet(pkg: GoPackage, assignment: NodeId): boolean {
  const { tree } = pkg;
  const func = tree.func(assignment);
  if (func === undefined || inMain(pkg, assignment) || isForTests(pkg, assignment)) return true;
  if (/^(?:new|make|init|setup|open)|fortest|intest|testing/i.test(functionName(tree, func))) return true;
  return tree.all(Kind.CallExpr, func).some((call) => {
    const target = call < assignment ? pkg.callOf(call) : undefined;
    return target?.kind === "static" && /^sync\.(?:RW)?Mutex\.R?Lock$/.test(target.symbol.key ?? "");
  });
}

/** The comments right above a function. */
function commentAbove(pkg: GoPackage, func: NodeId): string {
  const file = pkg.fileOf(func);
  let from = pkg.tree.from(func);
  let text = "";
  for (const comment of file.comments.toReversed()) {
    if (comment.to > from) continue;
    if (file.text.slice(comment.to, from).trim() !== "") break;
    text = `${comment.text}\n${text}`;
    from = comment.from;
  }
  return text;
}

/** In a function that nobody can call but tests, or should. */
function isForTests(pkg: GoPackage, node: NodeId): boolean {
  const func = pkg.tree.enclosing(node, Kind.FuncDecl);
  if (func !== undefined && /\btest(?:s|ing)?\b/i.test(commentAbove(pkg, func))) return true;
  const symbol = func === undefined ? undefined : pkg.funcSymbol(func);
  if (symbol === undefined || symbol.exported) return false;
  return pkg.uses(symbol).every((use) => use === symbol.decl || pkg.fileOf(use).isTest);
}

function usedElsewhere(pkg: GoPackage, symbol: GoSymbol, assignment: NodeId, method: string): NodeId | undefined {
  const { tree } = pkg;
  return pkg.uses(symbol).find((use) => {
    const selector = tree.enclosing(use, Kind.CallExpr);
    if (selector === undefined || tree.func(use) === tree.func(assignment) || pkg.fileOf(use).isTest) return false;
    const callee = tree.callee(selector);
    const sel = tree.kind(callee) === Kind.SelectorExpr ? tree.child(callee, Role.Sel) : undefined;
    return sel !== undefined && tree.name(sel) === method && tree.contains(callee, use);
  });
}

/** Variables of functions that no goroutine, literal or pointer can lead others to. */
function localValues(pkg: GoPackage): GoSymbol[] {
  const { tree } = pkg;
  const declared = [
    ...tree.all(Kind.ValueSpec).flatMap((spec) => tree.list(spec, Role.Name)),
    ...tree.all(Kind.AssignStmt).flatMap((define) => (tree.op(define) === ":=" ? tree.lhs(define) : [])),
  ];
  return declared.flatMap((name) => {
    const symbol = tree.kind(name) === Kind.Ident ? pkg.symbol(name) : undefined;
    if (symbol?.scope !== "local" || symbol.decl !== name || methodOf(symbol) === undefined) return [];
    const uses = pkg.uses(symbol).filter((use) => use !== name);
    const isAlone = uses.every((use) => useOf(tree, use) === "selected" && tree.func(use) === symbol.func);
    const isOnce = uses.every((use) => !isRepeated(pkg, use, name));
    return uses.length > 0 && isAlone && isOnce && !inTest(pkg, name) ? [symbol] : [];
  });
}

/** In a loop that the declaration is not in, one Once is used more than once. */
function isRepeated(pkg: GoPackage, use: NodeId, declared: NodeId): boolean {
  return loopAround(pkg.tree, use) !== loopAround(pkg.tree, declared);
}
