/** An address that is kept as an integer, and made a pointer again later. */

import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import { addressesTaken, integerTakers, usedAsPointer, type AddressTaken } from "../../../go/idiom/addresses.ts";
import { callsTo, shortName } from "../../../go/idiom/calls.ts";
import { isRuntime } from "../../../go/idiom/surroundings.ts";
import { localVariable, rootOf, takers } from "../../../go/idiom/variables.ts";
import { Kind } from "../../../go/kinds.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/uintptr-kept",
    title: "an address kept as an integer",
    category: "unsafe",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    if (isRuntime(pkg)) return;
    for (const taken of addressesTaken(pkg)) {
      if (outlivesCollector(pkg, taken)) continue;
      for (const taker of integerTakers(pkg, taken.conversion)) {
        const use = laterUse(pkg, taker, taken.conversion);
        if (use === undefined) continue;
        const then = use.how === "pointer" ? "makes a pointer of it" : "hands it to the kernel as a pointer";
        report(pkg.place(taker), {
          message: `${pkg.text(taker)} keeps the address of ${taken.root.name} as an integer, and line ${pkg.place(use.node).line} ${then}`,
          why: "The garbage collector does not see a pointer in an integer: it may free the object, or move it with its stack, in between.",
          related: [{ place: pkg.place(use.node), message: "used as a pointer here" }],
        });
      }
    }
  },
};

interface PointerUse {
  readonly node: NodeId;
  readonly how: "pointer" | "kernel";
}

/** The first use as a pointer of what `taker` names, or of a variable that is computed from it. */
function laterUse(pkg: GoPackage, taker: NodeId, after: NodeId): PointerUse | undefined {
  const symbol = pkg.symbol(taker);
  if (symbol?.kind !== "var" || symbol.scope === "package") return undefined;
  const isField = pkg.tree.kind(taker) === Kind.SelectorExpr;
  return findUse(pkg, symbol, isField ? 0 : after, new Set());
}

function findUse(pkg: GoPackage, symbol: GoSymbol, after: NodeId, seen: Set<GoSymbol>): PointerUse | undefined {
  if (seen.has(symbol)) return undefined;
  seen.add(symbol);
  for (const node of pkg.uses(symbol)) {
    if (node <= after) continue;
    const how = usedAsPointer(pkg, selectorOf(pkg, node));
    if (how !== undefined) return { node, how };
    for (const derived of integerTakers(pkg, node)) {
      const variable = localVariable(pkg, derived);
      const use = variable === undefined ? undefined : findUse(pkg, variable, node, seen);
      if (use !== undefined) return use;
    }
  }
  return undefined;
}

/** Of a field's name in `w.start` the whole selector. */
function selectorOf(pkg: GoPackage, node: NodeId): NodeId {
  const parent = pkg.tree.parent(node);
  return parent !== undefined && pkg.tree.kind(parent) === Kind.SelectorExpr && parent + 1 !== node ? parent : node;
}

/** Memory that the collector does not own: package variables, mapped or C memory, and what is kept alive on purpose. */
function outlivesCollector(pkg: GoPackage, { root, conversion }: AddressTaken): boolean {
  if (root.scope === "package" || (root.type?.text.includes("C.") ?? false)) return true;
  if (pkg.fileOf(conversion).usesCgo && root.type === undefined) return true;
  if (callsTo(pkg, ["runtime.KeepAlive"]).some((call) => pkg.tree.args(call).some((of) => rootOf(pkg, of) === root))) {
    return true;
  }
  return pkg.uses(root).some((node) => isTakenFromForeignMemory(pkg, node));
}

function isTakenFromForeignMemory(pkg: GoPackage, node: NodeId): boolean {
  const { tree } = pkg;
  const statement = tree.enclosing(node, Kind.AssignStmt, Kind.ValueSpec);
  if (statement === undefined) return false;
  return tree
    .all(Kind.CallExpr, statement)
    .some((call) => /mmap|alloc|map(?:view)?offile/iu.test(shortName(pkg, call)) && takers(tree, call).includes(node));
}
