/** A loop that asks for a flag again and again, and never lets another goroutine run in its place. */

import { calleeName, receiverOf } from "../../../go/idiom/calls.ts";
import { isEndless, leaves, within } from "../../../go/idiom/control.ts";
import { inTest, isRuntime } from "../../../go/idiom/surroundings.ts";
import { rootOf, useOf } from "../../../go/idiom/variables.ts";
import { conditionOf, neverWaits } from "../../../go/idiom/waiting.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/spin-on-flag",
    title: "a spin on a flag",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    if (isRuntime(pkg)) return;
    for (const loop of pkg.tree.all(Kind.ForStmt)) {
      const condition = waitingCondition(pkg, loop);
      if (condition === undefined || !neverWaits(pkg, loop) || inTest(pkg, loop)) continue;
      const flag = atomicFlag(pkg, condition) ?? plainFlag(pkg, condition, loop);
      if (flag === undefined) continue;
      report(pkg.place(loop, pkg.tree.from(loop), pkg.tree.from(loop) + 3), {
        message: `the loop spins on ${flag} without yielding: it keeps a processor busy until another goroutine changes it`,
        why: "With as many such loops as processors, or without asynchronous preemption, whoever should change the flag never runs.",
      });
    }
  },
};

/** What a loop that does nothing else waits for: its condition, or that of `if … { break }` in an endless one. */
function waitingCondition(pkg: GoPackage, loop: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const body = tree.body(loop);
  if (body === undefined || tree.child(loop, Role.Post) !== undefined) return undefined;
  const condition = conditionOf(pkg, loop);
  if (condition !== undefined && !isEndless(pkg, loop)) {
    return onlyCounts(pkg, body) && !leaves(pkg, body, loop) ? condition : undefined;
  }
  const [first, ...others] = tree.stmts(body);
  if (first === undefined || tree.kind(first) !== Kind.IfStmt || !others.every((stmt) => isCount(pkg, stmt))) {
    return undefined;
  }
  const [check, then] = [tree.child(first, Role.Cond), tree.body(first)];
  const leavesAtOnce = then !== undefined && tree.stmts(then).length === 1 && leaves(pkg, then, loop);
  return leavesAtOnce && tree.child(first, Role.Else) === undefined ? check : undefined;
}

function onlyCounts(pkg: GoPackage, body: NodeId): boolean {
  return pkg.tree.stmts(body).every((stmt) => isCount(pkg, stmt));
}

function isCount(pkg: GoPackage, stmt: NodeId): boolean {
  return pkg.tree.kind(stmt) === Kind.IncDecStmt || pkg.tree.kind(stmt) === Kind.EmptyStmt;
}

const load = /^sync\/atomic\.(?:Load\w+|\w+\.Load)$/u;
const swap = /^sync\/atomic\.(?:CompareAndSwap\w+|\w+\.CompareAndSwap)$/u;

/** What an atomic load in the condition loads; or what a lock of constants is taken on: `CompareAndSwapInt32(&l, 0, 1)`. */
function atomicFlag(pkg: GoPackage, condition: NodeId): string | undefined {
  const { tree } = pkg;
  for (const call of within(tree, condition).filter((node) => tree.kind(node) === Kind.CallExpr)) {
    const name = calleeName(pkg, call) ?? "";
    const args = tree.args(call);
    if (!load.test(name) && !(swap.test(name) && args.slice(-2).every((argument) => isConstant(pkg, argument)))) {
      continue;
    }
    const [first] = args;
    const isMethod = /\.(?:Load|CompareAndSwap)$/u.test(name);
    const flag = isMethod ? receiverOf(pkg, call) : first;
    return flag === undefined ? undefined : pkg.text(flag).replace(/^&/u, "");
  }
  return undefined;
}

function isConstant(pkg: GoPackage, node: NodeId): boolean {
  return pkg.constant(node) !== undefined || /^(?:\d+|true|false)$/u.test(pkg.text(node));
}

/** A variable that the condition reads and only another goroutine's literal sets: `for !done {}`. */
function plainFlag(pkg: GoPackage, condition: NodeId, loop: NodeId): string | undefined {
  const { tree } = pkg;
  if (within(tree, condition).some((node) => tree.kind(node) === Kind.CallExpr)) return undefined;
  for (const node of within(tree, condition)) {
    const symbol = tree.kind(node) === Kind.Ident ? pkg.symbol(node) : undefined;
    if (symbol?.kind !== "var" || symbol.scope === "field") continue;
    const sets = pkg.uses(symbol).filter((use) => useOf(tree, use) === "assigned" && use !== symbol.decl);
    if (sets.some((use) => tree.contains(loop, use)) || rootOf(pkg, node) !== symbol) return undefined;
    if (sets.some((use) => isElsewhere(pkg, use, loop))) return symbol.name;
  }
  return undefined;
}

/** Whether a node runs in another goroutine: in a literal of a go statement that the loop is not in. */
function isElsewhere(pkg: GoPackage, node: NodeId, loop: NodeId): boolean {
  const { tree } = pkg;
  const started = tree.enclosing(node, Kind.GoStmt);
  return started !== undefined && !tree.contains(started, loop);
}
