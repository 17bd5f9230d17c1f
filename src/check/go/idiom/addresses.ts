/** Where the address of something becomes an integer: `uintptr(unsafe.Pointer(&x))`. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { GoSymbol } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import { calleeName } from "./calls.ts";
import { localVariable, outer, rootOf, takers, wrapped } from "./variables.ts";

export interface AddressTaken {
  /** The conversion to uintptr. */
  readonly conversion: NodeId;
  /** The variable whose address it is, or that holds the pointer. */
  readonly root: GoSymbol;
}

/** Every place of the package where an unsafe.Pointer becomes a uintptr, with the variable it points at or comes from. */
export function addressesTaken(pkg: GoPackage): readonly AddressTaken[] {
  return pkg.memo("idiom.addressesTaken", () => {
    if (!pkg.imports.includes("unsafe")) return [];
    return pkg.tree.all(Kind.CallExpr).flatMap((conversion) => {
      if (!isUintptr(pkg, conversion)) return [];
      const [value] = pkg.tree.args(conversion);
      const root = value === undefined ? undefined : pointerRoot(pkg, value);
      return root?.kind === "var" ? [{ conversion, root }] : [];
    });
  });
}

function isUintptr(pkg: GoPackage, call: NodeId): boolean {
  const callee = pkg.tree.callee(call);
  return pkg.tree.kind(callee) === Kind.Ident && pkg.tree.name(callee) === "uintptr";
}

/** Of `unsafe.Pointer(&x[0])`, or of a variable of type unsafe.Pointer. */
function pointerRoot(pkg: GoPackage, value: NodeId): GoSymbol | undefined {
  const at = pkg.tree.unparen(value);
  if (isPointerConversion(pkg, at)) {
    const [of] = pkg.tree.args(at);
    return of === undefined ? undefined : rootOf(pkg, of);
  }
  return pkg.typeOf(at)?.text === "unsafe.Pointer" || isPointerVariable(pkg, at) ? rootOf(pkg, at) : undefined;
}

/** A local variable that is declared as `p := unsafe.Pointer(…)`. */
function isPointerVariable(pkg: GoPackage, node: NodeId): boolean {
  const { tree } = pkg;
  const variable = localVariable(pkg, node);
  const declaration = variable?.decl === undefined ? undefined : tree.enclosing(variable.decl, Kind.AssignStmt);
  if (variable?.decl === undefined || declaration === undefined) return false;
  const { decl } = variable;
  return tree.rhs(declaration).some((value) => isPointerConversion(pkg, value) && takers(tree, value).includes(decl));
}

/** Whether a node is `unsafe.Pointer(…)`. */
function isPointerConversion(pkg: GoPackage, node: NodeId): boolean {
  return pkg.tree.kind(node) === Kind.CallExpr && calleeName(pkg, node) === "unsafe.Pointer";
}

/** Operators that keep an address an address: offsets and alignment. */
const addressArithmetic: ReadonlySet<string> = new Set(["+", "-", "&^", "&", "|"]);

/** The whole expression of sums around an integer: of `p` in `(p + 8) &^ 7` all of it. */
export function sumAround(pkg: GoPackage, node: NodeId): NodeId {
  const { tree } = pkg;
  let at = wrapped(tree, node);
  for (let parent = outer(tree, at); parent !== undefined; parent = outer(tree, at)) {
    if (tree.kind(parent) !== Kind.BinaryExpr || !addressArithmetic.has(tree.op(parent))) return at;
    at = wrapped(tree, parent);
  }
  return at;
}

/** What takes the integer that a node is part of: variables or fields on the left of its assignment. */
export function integerTakers(pkg: GoPackage, node: NodeId): NodeId[] {
  const sum = sumAround(pkg, node);
  // The difference of two addresses is a distance, and no address.
  const isDistance =
    pkg.tree.all(Kind.CallExpr, sum).filter((call) => isUintptr(pkg, call)).length > 1 && pkg.text(sum).includes("-");
  return isDistance ? [] : takers(pkg.tree, sum);
}

const kernelCall = /^(?:syscall|golang\.org\/x\/sys\/\w+)\.(?:Raw)?Syscall|\.(?:Lazy)?Proc\.Call$/u;

/** How an integer is used as a pointer again, if it is: turned back into one, or handed to the kernel. */
export function usedAsPointer(pkg: GoPackage, use: NodeId): "pointer" | "kernel" | undefined {
  const { tree } = pkg;
  const at = sumAround(pkg, use);
  const parent = outer(tree, at);
  if (parent === undefined || tree.kind(parent) !== Kind.CallExpr || tree.role(at) !== Role.Arg) return undefined;
  if (isPointerConversion(pkg, parent)) return "pointer";
  return kernelCall.test(calleeName(pkg, parent) ?? "") ? "kernel" : undefined;
}
