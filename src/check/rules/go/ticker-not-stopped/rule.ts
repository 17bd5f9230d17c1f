/** A ticker that is never stopped, in a module whose Go version does not collect it. */

import { callsTo } from "../../../go/idiom/calls.ts";
import { isEndless, leaves, loopAround } from "../../../go/idiom/control.ts";
import { inMain, inTest, timersAreCollected } from "../../../go/idiom/surroundings.ts";
import { localVariable, statementOf, takers, useOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

const why = "Before Go 1.23 a ticker is collected only once it is stopped; until then it also fires.";

export const rule: GoRule = {
  meta: {
    id: "go/ticker-not-stopped",
    title: "a ticker that is never stopped",
    category: "goroutine-leak",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, ["time.NewTicker", "time.Tick"])) {
      if (timersAreCollected(pkg, call) || inTest(pkg, call) || inMain(pkg, call)) continue;
      if (pkg.text(call).startsWith("time.Tick(")) {
        if (loopAround(pkg.tree, call) === undefined || isRangedOver(pkg, call)) continue;
        report(pkg.place(call), {
          message: "time.Tick makes a ticker that cannot be stopped, a new one in each round",
          why,
        });
        continue;
      }
      const [taker] = takers(pkg.tree, call);
      const ticker = localVariable(pkg, taker);
      if (ticker === undefined || !isLeaked(pkg, ticker, call)) continue;
      report(pkg.place(call), {
        message: `${ticker.name} is never stopped: each call of this function leaves a ticker that goes on`,
        why,
      });
    }
  },
};

/** `for range time.Tick(d)`: the call is made once. */
function isRangedOver(pkg: GoPackage, call: NodeId): boolean {
  const parent = pkg.tree.parent(call);
  return parent !== undefined && pkg.tree.kind(parent) === Kind.RangeStmt && loopAround(pkg.tree, parent) === undefined;
}

/** Whether only this function has the ticker, does not stop it, and can end. */
function isLeaked(pkg: GoPackage, ticker: GoSymbol, call: NodeId): boolean {
  const { tree } = pkg;
  for (const use of pkg.uses(ticker)) {
    if (use === ticker.decl) continue;
    const selector = tree.parent(use);
    if (selector === undefined || useOf(tree, use) !== "selected") return false;
    const sel = tree.child(selector, Role.Sel);
    const name = sel === undefined ? "" : tree.name(sel);
    if (name === "Stop" || (name === "C" && isHandedOn(pkg, selector))) return false;
  }
  return loopAround(tree, call) !== undefined || !endlessAfter(pkg, call);
}

function isHandedOn(pkg: GoPackage, selector: NodeId): boolean {
  const how = useOf(pkg.tree, selector);
  return how === "returned" || how === "stored" || how === "argument";
}

/** Whether a loop that nothing leaves follows: the ticker is used until the program ends. */
function endlessAfter(pkg: GoPackage, call: NodeId): boolean {
  const { tree } = pkg;
  const start = statementOf(tree, call);
  const block = tree.parent(start);
  if (block === undefined) return false;
  return tree.stmts(block).some((stmt) => {
    if (stmt <= start) return false;
    const loop = tree.kind(stmt) === Kind.LabeledStmt ? (tree.child(stmt, Role.Stmt) ?? stmt) : stmt;
    const isForever = isEndless(pkg, loop) || tree.kind(loop) === Kind.RangeStmt;
    return isForever && !leaves(pkg, loop, loop);
  });
}
