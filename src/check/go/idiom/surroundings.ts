/** What is around a place: a test, a function with a context, an old version of Go. */

import { Kind, Role } from "../kinds.ts";
import type { GoPackage } from "../program.ts";
import { isNamed } from "../symbols.ts";
import type { NodeId } from "../tree.ts";

/** The functions around a node, the innermost first. */
export function functionsAround(pkg: GoPackage, node: NodeId): NodeId[] {
  const found: NodeId[] = [];
  for (let func = pkg.tree.func(node); func !== undefined; func = pkg.tree.func(func)) found.push(func);
  return found;
}

/** The names and types of a function's parameters; unnamed ones have the name "_". */
export function parameters(pkg: GoPackage, func: NodeId): { name: NodeId; type: NodeId }[] {
  const { tree } = pkg;
  const signature = tree.type(func);
  const list = signature === undefined ? undefined : tree.child(signature, Role.Params);
  if (list === undefined) return [];
  return tree.list(list, Role.Field).flatMap((field) => {
    const type = tree.type(field);
    return type === undefined ? [] : tree.list(field, Role.Name).map((name) => ({ name, type }));
  });
}

/** The parameter of one of these types (`context.Context`), by name, of the function itself. */
export function parameterOf(pkg: GoPackage, func: NodeId, ...types: readonly string[]): NodeId | undefined {
  const { tree } = pkg;
  return parameters(pkg, func).find(({ name, type }) => tree.name(name) !== "_" && isNamed(pkg.typeOf(type), ...types))
    ?.name;
}

/** Whether a node is in a test: in a file of tests, or in a function with a parameter of package testing. */
export function inTest(pkg: GoPackage, node: NodeId): boolean {
  return pkg.fileOf(node).isTest || testParameter(pkg, node);
}

/** Whether a function around the node takes a *testing.T, B, F, M or a testing.TB. */
export function testParameter(pkg: GoPackage, node: NodeId): boolean {
  return functionsAround(pkg, node).some(
    (func) => parameterOf(pkg, func, "testing.T", "testing.B", "testing.F", "testing.M", "testing.TB") !== undefined,
  );
}

/** Whether the node is in func main or func init of a program, or in a literal in there. */
export function inMain(pkg: GoPackage, node: NodeId): boolean {
  const { tree } = pkg;
  const outermost = functionsAround(pkg, node).at(-1);
  if (
    outermost === undefined ||
    tree.kind(outermost) !== Kind.FuncDecl ||
    tree.child(outermost, Role.Recv) !== undefined
  ) {
    return false;
  }
  const name = tree.child(outermost, Role.Name);
  const text = name === undefined ? "" : tree.name(name);
  return text === "main" || text === "init";
}

/**
 * Whether a timer that nobody refers to is collected without Stop: since Go 1.23, by the version in go.mod, unless
 * `//go:debug asynctimerchan=1` asks for the old ones (time.NewTicker's documentation; runtime/time.go).
 */
export function timersAreCollected(pkg: GoPackage, node: NodeId): boolean {
  const oldTimers = pkg.memo("idiom.oldTimers", () =>
    pkg.files.some((file) => file.text.includes("//go:debug asynctimerchan=1")),
  );
  return !oldTimers && pkg.atLeast(node, "1.23");
}

/** The packages that are the runtime, or know its inside: the rules of others do not hold for them. */
export function isRuntime(pkg: GoPackage): boolean {
  return /^(?:std\/)?(?:runtime|internal\/(?:runtime|abi|reflectlite)|reflect)(?:\/|_test|$)/u.test(pkg.path);
}
