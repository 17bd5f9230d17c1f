/** GOMAXPROCS set to the machine's processors or to a number, whatever the container's quota is. */

import { callsTo } from "../../../go/idiom/calls.ts";
import { inTest } from "../../../go/idiom/surroundings.ts";
import { localVariable, useOf } from "../../../go/idiom/variables.ts";
import { Kind } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

/** Fewer are set to keep a process small, and fit most quotas. */
const manyThreads = 8;

export const rule: GoRule = {
  meta: {
    id: "go/maxprocs-by-hand",
    title: "GOMAXPROCS set by hand",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of callsTo(pkg, ["runtime.GOMAXPROCS"])) {
      const [argument] = pkg.tree.args(call);
      if (argument === undefined || inTest(pkg, call) || isRestored(pkg, call)) continue;
      const value = fixedValue(pkg, argument);
      if (value === undefined) continue;
      report(pkg.place(call), {
        message: `this sets GOMAXPROCS to ${value}, whatever CPU quota the process has; from Go 1.25 on, it also ends following the quota`,
        why: "With more running threads than the quota pays for, all of them are stopped for the rest of each period.",
        confidence: "medium",
      });
    }
  },
};

/** `defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))`: set for a while on purpose. */
function isRestored(pkg: GoPackage, call: NodeId): boolean {
  const deferred = pkg.tree.enclosing(call, Kind.DeferStmt, Kind.FuncLit, Kind.FuncDecl);
  return deferred !== undefined && pkg.tree.kind(deferred) === Kind.DeferStmt;
}

/** A large constant, or what is computed from runtime.NumCPU. */
function fixedValue(pkg: GoPackage, argument: NodeId): string | undefined {
  const constant = pkg.constant(argument);
  if (typeof constant === "number") return constant >= manyThreads ? `${constant}` : undefined;
  return fromProcessors(pkg, argument) ? `what runtime.NumCPU says of the machine` : undefined;
}

function fromProcessors(pkg: GoPackage, node: NodeId): boolean {
  const { tree } = pkg;
  const counts = callsTo(pkg, ["runtime.NumCPU"]);
  if (counts.some((count) => tree.contains(node, count))) return true;
  const variable = localVariable(pkg, tree.unparen(node));
  const declaration = variable?.decl === undefined ? undefined : tree.parent(variable.decl);
  if (variable === undefined || declaration === undefined) return false;
  const isSetOnce = pkg
    .uses(variable)
    .every(
      (use) =>
        use === variable.decl || tree.enclosing(use, Kind.AssignStmt) === undefined || useOf(tree, use) !== "assigned",
    );
  return isSetOnce && counts.some((count) => tree.contains(declaration, count));
}
