/** What leaves a loop or a function, read off the syntax. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { GoTree, NodeId } from "../tree.ts";
import { calleeName, shortName } from "./calls.ts";

/** Calls after which nothing of the goroutine runs. */
const endings: ReadonlySet<string> = new Set([
  "panic",
  "os.Exit",
  "runtime.Goexit",
  "log.Fatal",
  "log.Fatalf",
  "log.Fatalln",
  "log.Panic",
  "log.Panicf",
  "log.Panicln",
  "log.Logger.Fatal",
  "log.Logger.Fatalf",
  "log.Logger.Fatalln",
  "log.Logger.Panic",
  "log.Logger.Panicf",
  "syscall.Exit",
]);

/** Methods of testing, and of loggers that are not known, which end something by their name. */
const endingWord = /^(?:fatal|panic|failnow|skipnow|skip|exit|abort|die|throw|goexit)/iu;

/** Whether a call never comes back; in doubt by its name. */
function endsGoroutine(pkg: GoPackage, call: NodeId): boolean {
  const name = calleeName(pkg, call);
  return (name !== undefined && endings.has(name)) || endingWord.test(shortName(pkg, call));
}

/** The nodes of a subtree in preorder, without those of function literals in it, which run at another time. */
export function within(tree: GoTree, root: NodeId): NodeId[] {
  const found: NodeId[] = [];
  for (let node = root, end = tree.end(root); node < end;) {
    if (node !== root && tree.kind(node) === Kind.FuncLit) {
      node = tree.end(node);
      continue;
    }
    found.push(node);
    node += 1;
  }
  return found;
}

/** The nodes of that kind in a subtree, not those in function literals. */
export function withinOf(tree: GoTree, root: NodeId, kind: Kind): NodeId[] {
  return within(tree, root).filter((node) => tree.kind(node) === kind);
}

export function isLoop(tree: GoTree, node: NodeId): boolean {
  return tree.kind(node) === Kind.ForStmt || tree.kind(node) === Kind.RangeStmt;
}

/** The nearest loop around a node in the same function. */
export function loopAround(tree: GoTree, node: NodeId): NodeId | undefined {
  const found = tree.enclosing(node, Kind.ForStmt, Kind.RangeStmt, Kind.FuncLit, Kind.FuncDecl);
  return found !== undefined && isLoop(tree, found) ? found : undefined;
}

/** `for {}` in all its forms: no condition, or one that is always true. */
export function isEndless(pkg: GoPackage, loop: NodeId): boolean {
  const { tree } = pkg;
  if (tree.kind(loop) !== Kind.ForStmt) return false;
  const condition = tree.child(loop, Role.Cond);
  return condition === undefined || pkg.constant(condition) === true || pkg.text(condition) === "true";
}

/** The statement that an unlabelled `break` leaves. */
export function breakTarget(tree: GoTree, branch: NodeId): NodeId | undefined {
  return tree.enclosing(
    branch,
    Kind.ForStmt,
    Kind.RangeStmt,
    Kind.SelectStmt,
    Kind.SwitchStmt,
    Kind.TypeSwitchStmt,
    Kind.FuncLit,
    Kind.FuncDecl,
  );
}

/** The label of a labelled statement around a loop, if it has one. */
function labelOf(tree: GoTree, loop: NodeId): string | undefined {
  const parent = tree.parent(loop);
  if (parent === undefined || tree.kind(parent) !== Kind.LabeledStmt) return undefined;
  const label = tree.child(parent, Role.Label);
  return label === undefined ? undefined : tree.name(label);
}

/** Whether a branch statement inside a loop leaves that loop; `continue` with its own label does not. */
function branchLeaves(tree: GoTree, branch: NodeId, loop: NodeId): boolean {
  const op = tree.op(branch);
  const label = tree.child(branch, Role.Label);
  if (op === "goto") return true;
  if (op === "fallthrough" || (op === "continue" && label === undefined)) return false;
  if (label === undefined) return breakTarget(tree, branch) === loop;
  const name = tree.name(label);
  if (name === labelOf(tree, loop)) return op === "break";
  const inner = tree.all(Kind.LabeledStmt, loop).some((stmt) => {
    const own = tree.child(stmt, Role.Label);
    return own !== undefined && tree.name(own) === name;
  });
  return !inner;
}

/** Whether a node, itself or by what it holds, can leave the loop: return, break, goto, panic, exit. */
export function leaves(pkg: GoPackage, root: NodeId, loop: NodeId): boolean {
  const { tree } = pkg;
  return within(tree, root).some((node) => {
    const kind = tree.kind(node);
    if (kind === Kind.ReturnStmt) return true;
    if (kind === Kind.BranchStmt) return branchLeaves(tree, node, loop);
    return kind === Kind.CallExpr && endsGoroutine(pkg, node);
  });
}

/** Whether a statement always leaves what it is in: its last statement is a return, a branch, or a call that ends. */
export function endsIn(pkg: GoPackage, block: NodeId): boolean {
  const { tree } = pkg;
  const last = tree.stmts(block).at(-1);
  if (last === undefined) return false;
  const kind = tree.kind(last);
  if (kind === Kind.ReturnStmt || kind === Kind.BranchStmt) return true;
  if (kind === Kind.BlockStmt) return endsIn(pkg, last);
  if (kind !== Kind.ExprStmt) return false;
  const call = tree.x(last);
  return call !== undefined && tree.kind(call) === Kind.CallExpr && endsGoroutine(pkg, call);
}

/** The function's name for messages: `serve`, `(*T).serve` as `serve`, or `the function literal`. */
export function functionName(tree: GoTree, func: NodeId | undefined): string {
  if (func === undefined) return "the function";
  const name = tree.kind(func) === Kind.FuncDecl ? tree.child(func, Role.Name) : undefined;
  return name === undefined ? "the function literal" : tree.name(name);
}
