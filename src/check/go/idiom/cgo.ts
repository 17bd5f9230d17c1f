/** C's functions and types in Go files with `import "C"`, by the way they are written: no type checker sees them. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import type { GoSymbol } from "../symbols.ts";
import type { NodeId } from "../tree.ts";
import { outer, takers } from "./variables.ts";

/** `puts` of a call `C.puts(…)`. */
export function cFunction(pkg: GoPackage, call: NodeId): string | undefined {
  const { tree } = pkg;
  if (tree.kind(call) !== Kind.CallExpr) return undefined;
  return cName(pkg, tree.callee(call));
}

/** `name` of `C.name`. */
function cName(pkg: GoPackage, node: NodeId): string | undefined {
  const { tree } = pkg;
  if (tree.kind(node) !== Kind.SelectorExpr) return undefined;
  const x = tree.x(node);
  const sel = tree.child(node, Role.Sel);
  return x !== undefined && sel !== undefined && tree.kind(x) === Kind.Ident && tree.name(x) === "C"
    ? tree.name(sel)
    : undefined;
}

/** The calls of C functions in the package's cgo files. */
export function cCalls(pkg: GoPackage): readonly NodeId[] {
  return pkg.memo("idiom.cCalls", () => {
    const files = pkg.files.filter((file) => file.usesCgo);
    return files
      .flatMap((file) => pkg.tree.all(Kind.CallExpr, file.node))
      .filter((call) => cFunction(pkg, call) !== undefined);
  });
}

/** Basic C types: a call of one is a conversion. */
const cBasicTypes =
  /^(?:u?(?:char|short|int|long|longlong)|schar|float|double|size_t|ssize_t|u?int(?:8|16|32|64|ptr)?_t|uintptr_t|struct_\w+|enum_\w+|union_\w+)$/u;

/** Whether `C.name(…)` converts a number rather than calling something. */
export function isCConversion(name: string): boolean {
  return cBasicTypes.test(name);
}

/** Whether a call only gives its argument another type: `unsafe.Pointer(x)`, `(*C.char)(x)`, `uintptr(x)`. */
function isCast(pkg: GoPackage, call: NodeId): boolean {
  const { tree } = pkg;
  if (tree.kind(call) !== Kind.CallExpr || tree.args(call).length !== 1) return false;
  const callee = tree.callee(call);
  if (tree.kind(callee) === Kind.StarExpr) return true;
  const name = cName(pkg, callee);
  return name === undefined ? pkg.isType(callee) || pkg.text(callee) === "unsafe.Pointer" : isCConversion(name);
}

/** The outermost cast around an expression. */
export function castAround(pkg: GoPackage, node: NodeId): NodeId {
  let at = node;
  for (let parent = outer(pkg.tree, at); parent !== undefined && isCast(pkg, parent); parent = outer(pkg.tree, at)) {
    at = parent;
  }
  return at;
}

/** What is inside all casts: `x` of `(*C.char)(unsafe.Pointer(x))`. */
export function uncast(pkg: GoPackage, node: NodeId): NodeId {
  let at = pkg.tree.unparen(node);
  while (isCast(pkg, at)) {
    const [inner] = pkg.tree.args(at);
    if (inner === undefined) return at;
    at = pkg.tree.unparen(inner);
  }
  return at;
}

/** Whether a variable holds a C struct or a pointer to C's memory, by how it is declared. */
export function isCVariable(pkg: GoPackage, symbol: GoSymbol): boolean {
  const { tree } = pkg;
  if (symbol.type?.text.includes("C.") ?? false) return true;
  const declaration = symbol.decl === undefined ? undefined : tree.parent(symbol.decl);
  if (symbol.decl === undefined || declaration === undefined) return false;
  const type = tree.type(declaration);
  if (type !== undefined) return /(?:^|\*)C\./u.test(pkg.text(type));
  return valuesOf(pkg, symbol).some((value) => isCValue(pkg, value));
}

/** The expressions assigned to a variable where it is declared. */
function valuesOf(pkg: GoPackage, symbol: GoSymbol): NodeId[] {
  const { tree } = pkg;
  const declaration = symbol.decl === undefined ? undefined : tree.parent(symbol.decl);
  if (declaration === undefined) return [];
  const values =
    tree.kind(declaration) === Kind.AssignStmt ? tree.rhs(declaration) : tree.list(declaration, Role.Value);
  if (values.length === 1) return values;
  return values.filter((value) => takers(tree, value).includes(symbol.decl ?? 0));
}

function isCValue(pkg: GoPackage, value: NodeId): boolean {
  const { tree } = pkg;
  const at = tree.unparen(value);
  if (tree.kind(at) === Kind.UnaryExpr || tree.kind(at) === Kind.StarExpr) return isCValue(pkg, at + 1);
  if (tree.kind(at) === Kind.CompositeLit) return pkg.text(at).startsWith("C.");
  if (tree.kind(at) !== Kind.CallExpr) return false;
  if (cFunction(pkg, at) !== undefined || /^\(?\*+C\./u.test(pkg.text(at))) return true;
  if (pkg.text(tree.callee(at)) === "unsafe.Slice") {
    const [from] = tree.args(at);
    const root = from === undefined ? undefined : pkg.symbol(tree.unparen(uncast(pkg, from)));
    return root !== undefined && isCVariable(pkg, root);
  }
  return pkg.text(tree.callee(at)) === "new" && pkg.text(at).startsWith("new(C.");
}
