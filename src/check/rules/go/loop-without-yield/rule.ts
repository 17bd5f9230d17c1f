/** A loop that has no end, or waits for the clock, and no point at which another goroutine could run. */

import { calleeName } from "../../../go/idiom/calls.ts";
import { isEndless, leaves, within } from "../../../go/idiom/control.ts";
import { inTest, isRuntime } from "../../../go/idiom/surroundings.ts";
import { conditionOf, neverWaits } from "../../../go/idiom/waiting.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

/** A delay loop of fewer rounds is over before anybody notices. */
const longDelayRounds = 10_000_000;

export const rule: GoRule = {
  meta: {
    id: "go/loop-without-yield",
    title: "a loop that never yields",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    if (isRuntime(pkg)) return;
    for (const loop of pkg.tree.all(Kind.ForStmt)) {
      const message = starves(pkg, loop);
      if (message === undefined || inTest(pkg, loop)) continue;
      report(pkg.place(loop, pkg.tree.from(loop), pkg.tree.from(loop) + 3), {
        message,
        why: "It has a processor to itself; with asyncpreemptoff=1, and on systems without signals, nothing takes that away, and the garbage collector waits for it forever.",
      });
    }
  },
};

function starves(pkg: GoPackage, loop: NodeId): string | undefined {
  const body = pkg.tree.body(loop);
  if (body === undefined || !neverWaits(pkg, loop)) return undefined;
  if (isEndless(pkg, loop)) {
    return leaves(pkg, body, loop) || mayPanic(pkg, body) ? undefined : "this loop never ends and never yields";
  }
  return clockWait(pkg, loop, body) ?? delayLoop(pkg, loop, body);
}

/** What ends by an index out of range, or by a nil map, is a loop with an end. */
function mayPanic(pkg: GoPackage, body: NodeId): boolean {
  return within(pkg.tree, body).some(
    (node) => pkg.tree.kind(node) === Kind.IndexExpr || pkg.tree.kind(node) === Kind.TypeAssertExpr,
  );
}

/** `for time.Now().Before(deadline) {}` with nothing, or only counting, in it. */
function clockWait(pkg: GoPackage, loop: NodeId, body: NodeId): string | undefined {
  const { tree } = pkg;
  const condition = conditionOf(pkg, loop);
  if (condition === undefined || tree.stmts(body).some((stmt) => tree.kind(stmt) !== Kind.IncDecStmt)) return undefined;
  const asksClock = within(tree, condition).some(
    (node) => tree.kind(node) === Kind.CallExpr && /^time\.(?:Now|Since|Until)$/u.test(calleeName(pkg, node) ?? ""),
  );
  return asksClock ? "this loop waits for the clock without yielding; time.Sleep costs nothing" : undefined;
}

/** `for i := 0; i < 1000000000; i++ {}`. */
function delayLoop(pkg: GoPackage, loop: NodeId, body: NodeId): string | undefined {
  const { tree } = pkg;
  const condition = conditionOf(pkg, loop);
  if (condition === undefined || tree.stmts(body).length > 0 || tree.child(loop, Role.Post) === undefined) {
    return undefined;
  }
  const limit = tree.kind(condition) === Kind.BinaryExpr ? tree.y(condition) : undefined;
  const rounds = limit === undefined ? undefined : pkg.constant(limit);
  if (typeof rounds !== "number" || rounds < longDelayRounds) return undefined;
  return `this loop waits by ${rounds} empty rounds without yielding; time.Sleep costs nothing`;
}
