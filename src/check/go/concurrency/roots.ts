/** Which functions are worth running: those that start threads, and those that call them. */

import { Kind } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { NodeId } from "../tree.ts";

/** Library functions that start something which runs beside the caller. */
const startingFunctions: ReadonlySet<string> = new Set([
  "time.AfterFunc",
  "sync.WaitGroup.Go",
  "golang.org/x/sync/errgroup.Group.Go",
  "net/http.HandleFunc",
  "net/http.ServeMux.HandleFunc",
  "runtime.SetFinalizer",
  "runtime.AddCleanup",
]);

/** How far above a go statement a function may be. */
const callerDepth = 2;

/** FuncDecls to run, those with go statements of their own first. */
export function rootsOf(pkg: GoPackage): NodeId[] {
  const callers = callersOf(pkg);
  const starting = new Set<NodeId>();
  const { tree } = pkg;
  for (const node of tree.all(Kind.GoStmt)) addDeclaration(pkg, node, starting);
  for (const node of tree.all(Kind.CallExpr)) {
    if (startsThread(pkg, node) || makesChannel(pkg, node)) addDeclaration(pkg, node, starting);
  }
  const found = new Set(starting);
  let level = [...starting];
  for (let depth = 0; depth < callerDepth; depth++) {
    level = level.flatMap((func) => [...(callers.get(func) ?? [])].filter((one) => !found.has(one)));
    for (const func of level) found.add(func);
  }
  return [...found];
}

/** Who makes a channel may wait on it alone. */
function makesChannel(pkg: GoPackage, call: NodeId): boolean {
  const { tree } = pkg;
  const type = tree.name(call + 1) === "make" ? tree.args(call)[0] : undefined;
  return type !== undefined && tree.kind(type) === Kind.ChanType;
}

function startsThread(pkg: GoPackage, call: NodeId): boolean {
  const target = pkg.callOf(call);
  if (target?.kind !== "static" || target.symbol.key === undefined) return false;
  return (
    startingFunctions.has(target.symbol.key) ||
    (target.symbol.key.startsWith("testing.") && target.symbol.name === "Run")
  );
}

function addDeclaration(pkg: GoPackage, node: NodeId, to: Set<NodeId>): void {
  const func = pkg.tree.enclosing(node, Kind.FuncDecl);
  if (func !== undefined) to.add(func);
}

/** By function, the functions of the package that call it. */
function callersOf(pkg: GoPackage): Map<NodeId, Set<NodeId>> {
  const callers = new Map<NodeId, Set<NodeId>>();
  for (const call of pkg.tree.all(Kind.CallExpr)) {
    const target = pkg.callOf(call);
    const callee = target?.kind === "static" ? pkg.funcDecl(target.symbol) : undefined;
    const caller = callee === undefined ? undefined : pkg.tree.enclosing(call, Kind.FuncDecl);
    if (callee === undefined || caller === undefined) continue;
    const known = callers.get(callee) ?? new Set();
    known.add(caller);
    callers.set(callee, known);
  }
  return callers;
}
