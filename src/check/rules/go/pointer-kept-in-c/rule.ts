/** A pointer to Go's memory that is written into C's, where nothing pins it. */

import { shortName } from "../../../go/idiom/calls.ts";
import { cFunction, isCVariable, uncast } from "../../../go/idiom/cgo.ts";
import { functionsAround } from "../../../go/idiom/surroundings.ts";
import { rootOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { GoSymbol } from "../../../go/symbols.ts";
import type { NodeId } from "../../../go/tree.ts";

export const rule: GoRule = {
  meta: {
    id: "go/pointer-kept-in-c",
    title: "a pointer to Go's memory stored in C's without a Pinner",
    category: "unsafe",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    for (const { place, target, value } of pkg.files
      .filter((file) => file.usesCgo)
      .flatMap((file) => stores(pkg, file.node))) {
      const root = goPointer(pkg, value);
      if (root === undefined || pins(pkg, place)) continue;
      report(pkg.place(place), {
        message: `${target} gets a pointer to ${root.name}, which is Go's memory, without runtime.Pinner`,
        why: "The collector does not look into C's memory: it may free or move the object while C has its address, and cgo's check panics.",
      });
    }
  },
};

interface Store {
  readonly place: NodeId;
  /** What is written to, as written. */
  readonly target: string;
  readonly value: NodeId;
}

/** Writes into C structs: `n.text = …`, `entries[i] = …`, `C.list{values: …}`. */
function stores(pkg: GoPackage, file: NodeId): Store[] {
  const { tree } = pkg;
  const assigned = tree.all(Kind.AssignStmt, file).flatMap((statement) => {
    const [left, right] = [tree.lhs(statement), tree.rhs(statement)];
    return left.flatMap((target, i) => {
      const value = right[i];
      const kind = tree.kind(target);
      const isPart = kind === Kind.SelectorExpr || kind === Kind.IndexExpr || kind === Kind.StarExpr;
      const root = isPart ? rootOf(pkg, target) : undefined;
      if (value === undefined || root === undefined || !isCVariable(pkg, root)) return [];
      return [{ place: target, target: pkg.text(target), value }];
    });
  });
  return [...assigned, ...tree.all(Kind.CompositeLit, file).flatMap((literal) => literalStores(pkg, literal))];
}

function literalStores(pkg: GoPackage, literal: NodeId): Store[] {
  const { tree } = pkg;
  const type = tree.type(literal);
  if (type === undefined || !pkg.text(type).startsWith("C.")) return [];
  return tree.list(literal, Role.Elt).flatMap((element) => {
    if (tree.kind(element) !== Kind.KeyValueExpr) return [];
    const [key, value] = [tree.child(element, Role.Key), tree.child(element, Role.Value)];
    return key === undefined || value === undefined ? [] : [{ place: element, target: pkg.text(key), value }];
  });
}

/** The Go variable that the value points at, if it is a pointer to Go's memory in another type. */
function goPointer(pkg: GoPackage, value: NodeId): GoSymbol | undefined {
  const { tree } = pkg;
  const at = uncast(pkg, value);
  if (at === tree.unparen(value) || !pkg.text(value).includes("unsafe.Pointer")) return undefined;
  const root = rootOf(pkg, dataOf(pkg, at));
  if (root?.kind !== "var" || isCVariable(pkg, root)) return undefined;
  return pointsToGo(pkg, at, root) ? root : undefined;
}

/** Of `unsafe.StringData(s)` and `unsafe.SliceData(b)` the string or slice. */
function dataOf(pkg: GoPackage, node: NodeId): NodeId {
  const { tree } = pkg;
  if (tree.kind(node) !== Kind.CallExpr || !/^unsafe\.(?:String|Slice)Data$/u.test(pkg.text(tree.callee(node)))) {
    return node;
  }
  return tree.args(node)[0] ?? node;
}

/** `&x`, `&x[i]`, data of a slice, or a variable that is `&T{…}`, `new(T)` or a Go pointer; not an unknown number. */
function pointsToGo(pkg: GoPackage, at: NodeId, root: GoSymbol): boolean {
  const { tree } = pkg;
  if (tree.kind(at) === Kind.UnaryExpr && tree.op(at) === "&") return true;
  if (tree.kind(at) === Kind.CallExpr) return cFunction(pkg, at) === undefined;
  return tree.kind(at) === Kind.Ident && (root.type?.kind === "pointer" || root.type?.kind === "slice");
}

function pins(pkg: GoPackage, node: NodeId): boolean {
  const around = functionsAround(pkg, node).at(-1);
  return around !== undefined && pkg.tree.all(Kind.CallExpr, around).some((call) => shortName(pkg, call) === "Pin");
}
