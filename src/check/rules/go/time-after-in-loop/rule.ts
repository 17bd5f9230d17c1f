/** time.After in a loop's select, in a module whose Go version keeps each timer until it fires. */

import { callsTo } from "../../../go/idiom/calls.ts";
import { leaves, loopAround } from "../../../go/idiom/control.ts";
import { inTest, timersAreCollected } from "../../../go/idiom/surroundings.ts";
import { localVariable, takers } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

/** Timers that fire this soon do not pile up. */
const shortNanoseconds = 1_000_000_000;

export const rule: GoRule = {
  meta: {
    id: "go/time-after-in-loop",
    title: "time.After in a loop",
    category: "goroutine-leak",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, ["time.After"])) {
      const loop = loopAround(pkg.tree, call);
      if (loop === undefined || timersAreCollected(pkg, call) || inTest(pkg, call) || isShort(pkg, call)) continue;
      const clause = clauseThatWaits(pkg, call);
      if (clause === undefined || !otherCaseGoesOn(pkg, clause, loop)) continue;
      report(pkg.place(call), {
        message:
          "time.After makes a timer in each round, which stays until it fires, also when another case came first",
        why: "Before Go 1.23 a timer is not collected before it fires: a busy loop collects them by the thousand.",
      });
    }
  },
};

/** Whether the duration is known to be short, as a constant or by how it is written. */
function isShort(pkg: GoPackage, call: NodeId): boolean {
  const [duration] = pkg.tree.args(call);
  if (duration === undefined) return true;
  const nanoseconds = pkg.constant(duration);
  if (typeof nanoseconds === "number") return nanoseconds <= shortNanoseconds;
  return /\b(?:Nano|Micro|Milli)second\b/u.test(pkg.text(duration));
}

/** The case of a select that receives from the timer, directly or from a variable of the same round. */
function clauseThatWaits(pkg: GoPackage, call: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const direct = caseOf(pkg, call);
  if (direct !== undefined) return direct;
  const variable = localVariable(pkg, takers(tree, call)[0]);
  if (
    variable?.decl === undefined ||
    tree.enclosing(variable.decl, Kind.AssignStmt) !== tree.enclosing(call, Kind.AssignStmt)
  ) {
    return undefined;
  }
  return pkg
    .uses(variable)
    .map((use) => caseOf(pkg, use))
    .find((clause) => clause !== undefined);
}

function caseOf(pkg: GoPackage, node: NodeId): NodeId | undefined {
  const clause = pkg.tree.enclosing(node, Kind.CommClause, Kind.FuncLit);
  if (clause === undefined || pkg.tree.kind(clause) !== Kind.CommClause) return undefined;
  const comm = pkg.tree.child(clause, Role.Comm);
  return comm !== undefined && pkg.tree.contains(comm, node) ? clause : undefined;
}

/** Whether the select has another case after which the loop goes on. */
function otherCaseGoesOn(pkg: GoPackage, clause: NodeId, loop: NodeId): boolean {
  const { tree } = pkg;
  const body = tree.parent(clause) ?? clause;
  return tree.stmts(body).some((other) => {
    if (other === clause || tree.op(other) === "default") return false;
    const last = tree.stmts(other).at(-1);
    return last === undefined || !alwaysLeaves(pkg, last, loop);
  });
}

function alwaysLeaves(pkg: GoPackage, stmt: NodeId, loop: NodeId): boolean {
  const kind = pkg.tree.kind(stmt);
  return (kind === Kind.ReturnStmt || kind === Kind.BranchStmt || kind === Kind.ExprStmt) && leaves(pkg, stmt, loop);
}
