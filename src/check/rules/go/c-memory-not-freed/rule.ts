/** Memory that C.CString, C.CBytes or C.malloc gave and nobody frees. */

import { castAround, cCalls, cFunction, isCConversion } from "../../../go/idiom/cgo.ts";
import { unreleasedReturn } from "../../../go/idiom/exits.ts";
import { comparesWithNil, localVariable, outer, takers, useOf, wrapped } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

const allocating: ReadonlySet<string> = new Set(["CString", "CBytes", "malloc", "calloc", "strdup"]);

/** C functions that, by their name, take what they are given for good. */
const taking = /free|release|destroy|dispose|delete|take|adopt|own|steal|consume|unref/iu;

const why = "C's memory is not collected: each call of this function leaks one block.";

export const rule: GoRule = {
  meta: {
    id: "go/c-memory-not-freed",
    title: "C memory that is not freed",
    category: "unsafe",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const call of cCalls(pkg)) {
      const name = cFunction(pkg, call) ?? "";
      if (!allocating.has(name)) continue;
      const at = castAround(pkg, call);
      const message = inlineLeak(pkg, at, name) ?? variableLeak(pkg, at, name);
      if (message !== undefined) report(pkg.place(call), { message, why });
    }
  },
};

/** `C.f(C.CString(s))`: nobody has a name for it. */
function inlineLeak(pkg: GoPackage, at: NodeId, allocator: string): string | undefined {
  const parent = outer(pkg.tree, at);
  if (parent === undefined || pkg.tree.role(wrapped(pkg.tree, at)) !== Role.Arg) return undefined;
  const name = cFunction(pkg, parent);
  if (name === undefined || taking.test(name) || isCConversion(name)) return undefined;
  return `what C.${allocator} gives to C.${name} is never freed: it has no name to free it by`;
}

function variableLeak(pkg: GoPackage, at: NodeId, allocator: string): string | undefined {
  const [taker] = takers(pkg.tree, at);
  const variable = localVariable(pkg, taker);
  if (taker === undefined || variable === undefined) return undefined;
  const uses = pkg.uses(variable).filter((use) => use !== taker);
  const frees = uses.filter((use) => isFreed(pkg, use));
  if (uses.some((use) => !frees.includes(use) && escapes(pkg, use))) return undefined;
  if (frees.length === 0) return `${variable.name} from C.${allocator} is never freed`;
  const exit = unreleasedReturn(pkg, taker, frees, (node) => whereNil(pkg, node, variable));
  return exit === undefined
    ? undefined
    : `${variable.name} from C.${allocator} is not freed on the way out at line ${pkg.place(exit).line}`;
}

function isFreed(pkg: GoPackage, use: NodeId): boolean {
  const call = outer(pkg.tree, castAround(pkg, use));
  const name = call === undefined ? undefined : cFunction(pkg, call);
  return name !== undefined && taking.test(name);
}

/** Whether the value may be freed by somebody else: it is returned, stored, or passed to a Go function. */
function escapes(pkg: GoPackage, use: NodeId): boolean {
  const { tree } = pkg;
  const at = castAround(pkg, use);
  const how = useOf(tree, at);
  if (how === "argument") {
    const call = outer(tree, at);
    return call === undefined || cFunction(pkg, call) === undefined;
  }
  return how === "returned" || how === "stored" || how === "address" || how === "assigned";
}

function whereNil(pkg: GoPackage, exit: NodeId, variable: GoSymbol): boolean {
  const around = pkg.tree.enclosing(exit, Kind.IfStmt);
  const condition = around === undefined ? undefined : pkg.tree.child(around, Role.Cond);
  return condition !== undefined && comparesWithNil(pkg, condition, variable, "==");
}
