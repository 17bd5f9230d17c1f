/** An address that is passed to a Go function as an integer, and is a pointer again inside it. */

import { addressesTaken, sumAround, usedAsPointer } from "../../../go/idiom/addresses.ts";
import { calleeName, calleeText } from "../../../go/idiom/calls.ts";
import { isRuntime, parameters } from "../../../go/idiom/surroundings.ts";
import { outer } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

/** How many calls deep an integer is followed. */
const maximumDepth = 4;

export const rule: GoRule = {
  meta: {
    id: "go/uintptr-crosses-call",
    title: "an address passed as an integer",
    category: "unsafe",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    if (isRuntime(pkg)) return;
    for (const { conversion, root } of addressesTaken(pkg)) {
      if (root.scope === "package" || (root.type?.text.includes("C.") ?? false)) continue;
      const passed = passing(pkg, conversion);
      const use = passed === undefined ? undefined : useInside(pkg, passed, maximumDepth);
      if (passed === undefined || use === undefined) continue;
      report(pkg.place(conversion), {
        message: `the address of ${root.name} goes through the call of ${calleeText(pkg, passed.call)} as an integer, and is used as a pointer inside`,
        why: "Only the call of a function in assembly, or one marked go:uintptrescapes, keeps the object alive and in place while its address is an integer.",
        related: [{ place: pkg.place(use), message: "used as a pointer here" }],
      });
    }
  },
};

interface Passed {
  readonly call: NodeId;
  /** Which argument it is. */
  readonly index: number;
}

/** The call that an integer is an argument of. */
function passing(pkg: GoPackage, node: NodeId): Passed | undefined {
  const at = sumAround(pkg, node);
  const call = outer(pkg.tree, at);
  if (call === undefined || pkg.tree.kind(call) !== Kind.CallExpr || pkg.tree.role(at) !== Role.Arg) return undefined;
  return { call, index: pkg.tree.args(call).indexOf(at) };
}

/** Where the callee, a function of this package with a body, makes a pointer of that argument. */
function useInside(pkg: GoPackage, { call, index }: Passed, depth: number): NodeId | undefined {
  const target = pkg.callOf(call);
  const func = target?.kind === "static" ? pkg.funcDecl(target.symbol) : undefined;
  const body = func === undefined ? undefined : pkg.tree.body(func);
  if (func === undefined || body === undefined || depth === 0 || keepsAlive(pkg, func)) return undefined;
  const list = parameters(pkg, func);
  const parameter = list[Math.min(index, list.length - 1)];
  if (parameter === undefined) return undefined;
  if (pkg.tree.kind(parameter.type) === Kind.Ellipsis) return pointerUseAnywhere(pkg, body);
  const symbol = pkg.symbol(parameter.name);
  return symbol === undefined ? undefined : useOfParameter(pkg, symbol, depth);
}

function useOfParameter(pkg: GoPackage, symbol: GoSymbol, depth: number): NodeId | undefined {
  for (const node of pkg.uses(symbol)) {
    if (usedAsPointer(pkg, node) !== undefined) return node;
    const passed = passing(pkg, node);
    const use = passed === undefined ? undefined : useInside(pkg, passed, depth - 1);
    if (use !== undefined) return use;
  }
  return undefined;
}

/** Of variadic integers: which of them is a pointer is not followed; a system call in the body is enough. */
function pointerUseAnywhere(pkg: GoPackage, body: NodeId): NodeId | undefined {
  return pkg.tree
    .all(Kind.CallExpr, body)
    .find((call) => /^(?:syscall|golang\.org\/x\/sys\/\w+)\.(?:Raw)?Syscall/u.test(calleeName(pkg, call) ?? ""));
}

/** Marked `//go:uintptrescapes` or `//go:uintptrkeepalive`: the compiler keeps the objects of its arguments. */
function keepsAlive(pkg: GoPackage, func: NodeId): boolean {
  const { tree } = pkg;
  const file = pkg.fileOf(func);
  const before = tree
    .children(file.node)
    .filter((node) => node < func)
    .at(-1);
  const doc = file.text.slice(before === undefined ? 0 : tree.to(before), tree.from(func));
  return /^\/\/go:uintptr(?:escapes|keepalive)/mu.test(doc);
}
