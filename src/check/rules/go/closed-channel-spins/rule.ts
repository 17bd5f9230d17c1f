/** A loop that goes on after its channel was closed or its context cancelled, and receives that again at once, forever. */

import { calleeName, receiverOf, shortName } from "../../../go/idiom/calls.ts";
import { breakTarget, isEndless, leaves, loopAround, within } from "../../../go/idiom/control.ts";
import { neverWaits } from "../../../go/idiom/waiting.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage, GoPlace } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";
import type { Report } from "../../../rule.ts";

const why = "A closed channel is always ready to receive from, so the loop runs as fast as it can.";

export const rule: GoRule = {
  meta: {
    id: "go/closed-channel-spins",
    title: "a loop that spins on a closed channel",
    category: "scheduling",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const clause of pkg.tree.all(Kind.CommClause)) checkDone(pkg, clause, report);
    for (const assign of pkg.tree.all(Kind.AssignStmt)) checkNotOk(pkg, assign, report);
  },
};

/** `case <-ctx.Done():` that neither leaves the loop nor waits. */
function checkDone(pkg: GoPackage, clause: NodeId, report: Report<GoPlace>): void {
  const { tree } = pkg;
  const comm = tree.child(clause, Role.Comm);
  const channel = comm === undefined ? undefined : receivedFrom(pkg, comm);
  const loop = loopAround(tree, clause);
  if (comm === undefined || channel === undefined || loop === undefined || !isEndless(pkg, loop)) return;
  if (!staysReady(pkg, channel) || leaves(pkg, clause, loop) || endedAfterwards(pkg, clause, loop)) return;
  const name = pkg.text(channel);
  const [first] = tree.stmts(clause);
  if (first !== undefined && tree.kind(first) === Kind.BranchStmt && tree.op(first) === "break") {
    report(pkg.place(first), {
      message: `break leaves the select only: when ${name} is closed, the loop around it spins`,
      why,
    });
  } else if (isDoneMethod(pkg, channel) && !changesChannels(pkg, clause)) {
    report(pkg.place(comm), {
      message: `${name} stays ready once it is, and this case does not leave the loop, which then spins`,
      why,
      confidence: "medium",
    });
  }
}

/** The channel of `<-c`, `v := <-c`, `v, ok := <-c`. */
function receivedFrom(pkg: GoPackage, comm: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const value = tree.kind(comm) === Kind.AssignStmt ? tree.rhs(comm)[0] : tree.x(comm);
  const at = value === undefined ? undefined : tree.unparen(value);
  return at !== undefined && tree.kind(at) === Kind.UnaryExpr && tree.op(at) === "<-" ? tree.x(at) : undefined;
}

/** `ctx.Done()`, or a channel that by its type and name is closed to say stop. */
function staysReady(pkg: GoPackage, channel: NodeId): boolean {
  if (isDoneMethod(pkg, channel)) return true;
  const type = pkg.typeOf(channel);
  const isSignal = type?.elem === undefined || type.elem.text === "struct{}";
  return isSignal && /(?:done|quit|stop|exit|clos|cancel|shut|kill|halt|finish)\w*$/iu.test(pkg.text(channel));
}

function isDoneMethod(pkg: GoPackage, channel: NodeId): boolean {
  const { tree } = pkg;
  if (tree.kind(channel) !== Kind.CallExpr || shortName(pkg, channel) !== "Done" || tree.args(channel).length > 0) {
    return false;
  }
  return calleeName(pkg, channel) === "context.Context.Done" || receiverOf(pkg, channel) !== undefined;
}

/** Whether the loop asks after the select whether it should end: `if ctx.Err() != nil { return }`. */
function endedAfterwards(pkg: GoPackage, clause: NodeId, loop: NodeId): boolean {
  const { tree } = pkg;
  const select = tree.enclosing(clause, Kind.SelectStmt);
  const body = tree.body(loop);
  if (select === undefined || body === undefined) return false;
  return (
    tree.stmts(body).some((stmt) => !tree.contains(stmt, select) && leaves(pkg, stmt, loop)) ||
    !neverWaitsAfter(pkg, body, select)
  );
}

/** Whether the statements of the body beside the select's could wait for something. */
function neverWaitsAfter(pkg: GoPackage, body: NodeId, select: NodeId): boolean {
  const { tree } = pkg;
  return tree.stmts(body).every((stmt) => tree.contains(stmt, select) || neverWaits(pkg, stmt) || isQuick(pkg, stmt));
}

/** A deferred or started call does not wait; nor does an inner select before. */
function isQuick(pkg: GoPackage, stmt: NodeId): boolean {
  const kind = pkg.tree.kind(stmt);
  return kind === Kind.DeferStmt || kind === Kind.GoStmt;
}

/** Whether the clause sets a variable or waits itself: it may have made the case never ready again. */
function changesChannels(pkg: GoPackage, clause: NodeId): boolean {
  const { tree } = pkg;
  return tree.stmts(clause).some((stmt) =>
    within(tree, stmt).some((node) => {
      const kind = tree.kind(node);
      return (
        kind === Kind.AssignStmt ||
        kind === Kind.SelectStmt ||
        kind === Kind.SendStmt ||
        (kind === Kind.UnaryExpr && tree.op(node) === "<-")
      );
    }),
  );
}

/** `v, ok := <-c` followed by `if !ok { continue }`, or `{ break }` of a select. */
function checkNotOk(pkg: GoPackage, assign: NodeId, report: Report<GoPlace>): void {
  const { tree } = pkg;
  const ok = tree.lhs(assign)[1];
  const channel = receivedFrom(pkg, assign);
  const loop = loopAround(tree, assign);
  if (ok === undefined || channel === undefined || loop === undefined || !isEndless(pkg, loop)) return;
  const symbol = pkg.symbol(ok);
  const check = symbol === undefined ? undefined : notOkCheck(pkg, assign, symbol);
  const then = check === undefined ? undefined : tree.body(check);
  if (then === undefined) return;
  const [only, ...others] = tree.stmts(then);
  if (only === undefined || others.length > 0 || tree.kind(only) !== Kind.BranchStmt || leaves(pkg, only, loop)) return;
  const name = pkg.text(channel);
  if (tree.op(only) === "continue") {
    report(pkg.place(only), {
      message: `when ${name} is closed this does continue: the loop receives from it again at once, and spins`,
      why,
    });
  } else if (tree.op(only) === "break" && tree.kind(breakTarget(tree, only) ?? 0) === Kind.SelectStmt) {
    report(pkg.place(only), {
      message: `break leaves the select only: when ${name} is closed, the loop around it spins`,
      why,
    });
  }
}

/** The `if !ok` that follows a receive: the next statement, or the first of the clause. */
function notOkCheck(pkg: GoPackage, assign: NodeId, ok: GoSymbol): NodeId | undefined {
  const { tree } = pkg;
  const isClause = tree.role(assign) === Role.Comm;
  const next = isClause ? tree.stmts(tree.parent(assign) ?? 0)[0] : tree.nextSibling(assign);
  if (next === undefined || tree.kind(next) !== Kind.IfStmt) return undefined;
  const condition = tree.child(next, Role.Cond);
  const not = condition === undefined ? undefined : tree.unparen(condition);
  if (not === undefined || tree.kind(not) !== Kind.UnaryExpr || tree.op(not) !== "!") return undefined;
  const x = tree.x(not);
  return x !== undefined && pkg.symbol(x) === ok ? next : undefined;
}
