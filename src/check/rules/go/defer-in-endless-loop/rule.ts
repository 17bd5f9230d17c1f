/** A defer in a loop without a condition: it runs when the function returns, which may be never. */

import { endsIn, functionName, isEndless, leaves, loopAround } from "../../../go/idiom/control.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/defer-in-endless-loop",
    title: "a defer in an endless loop",
    category: "goroutine-leak",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const statement of pkg.tree.all(Kind.DeferStmt)) {
      const loop = endlessLoopAround(pkg, statement);
      if (loop === undefined || inTest(pkg, statement) || returnsSoon(pkg, statement, loop)) continue;
      const name = functionName(pkg.tree, pkg.tree.func(statement));
      const call = pkg.tree.child(statement, Role.Call);
      const what = call === undefined || pkg.text(call).includes("\n") ? "the deferred call" : pkg.text(call);
      const isLeft = leaves(pkg, loop, loop);
      // In a branch it may be one round only, which the loop then leaves by another way.
      if (isLeft && pkg.tree.parent(statement) !== pkg.tree.body(loop)) continue;
      const when = isLeft
        ? `runs only when ${name} returns, after all rounds of this loop`
        : "never runs: nothing leaves the loop around it";
      report(pkg.place(statement), {
        message: `${what} ${when}`,
        confidence: isLeft ? "medium" : "high",
        why: "Deferred calls wait for the end of the function, not of the round; each round adds one, and keeps what it would release.",
      });
    }
  },
};

function endlessLoopAround(pkg: GoPackage, statement: NodeId): NodeId | undefined {
  const loop = loopAround(pkg.tree, statement);
  return loop !== undefined && isEndless(pkg, loop) ? loop : undefined;
}

/** Whether the block of the defer, or one around it in the loop, ends by leaving: then there is one only. */
function returnsSoon(pkg: GoPackage, statement: NodeId, loop: NodeId): boolean {
  const { tree } = pkg;
  for (let block = tree.parent(statement); block !== undefined && block !== loop; block = tree.parent(block)) {
    const kind = tree.kind(block);
    const holdsStatements = kind === Kind.BlockStmt || kind === Kind.CaseClause || kind === Kind.CommClause;
    const last = holdsStatements ? tree.stmts(block).at(-1) : undefined;
    if (last !== undefined && endsIn(pkg, block) && leaves(pkg, last, loop)) return true;
  }
  return false;
}
