/** A slice or string header that is filled by hand, so that its Data is no pointer to the collector. */

import { selectedName } from "../../../go/idiom/calls.ts";
import { localVariable, takers, useOf } from "../../../go/idiom/variables.ts";
import { Kind, Role } from "../../../go/kinds.ts";
import type { GoPackage } from "../../../go/program.ts";
import type { GoRule } from "../../../go/rule.ts";
import type { NodeId } from "../../../go/tree.ts";

const headers: ReadonlySet<string> = new Set(["reflect.SliceHeader", "reflect.StringHeader"]);

export const rule: GoRule = {
  meta: {
    id: "go/header-built-by-hand",
    title: "a slice or string header filled by hand",
    category: "unsafe",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(pkg, report) {
    if (!pkg.imports.includes("reflect") || !pkg.imports.includes("unsafe")) return;
    for (const selector of pkg.tree.all(Kind.SelectorExpr)) {
      const name = selectedName(pkg, selector);
      if (name === undefined || !headers.has(name)) continue;
      const place = filledHeader(pkg, selector);
      if (place === undefined) continue;
      const whole = name === "reflect.SliceHeader" ? "unsafe.Slice" : "unsafe.String";
      report(pkg.place(place), {
        message: `${name} is filled by hand: nothing keeps what its Data points at alive; ${whole} does it safely`,
        why: "Data is an integer: until the header is read as a slice or string, the collector may free or move what it points at.",
      });
    }
  },
};

/** Where a header is made and filled, if the type named by `selector` is used for that. */
function filledHeader(pkg: GoPackage, selector: NodeId): NodeId | undefined {
  const { tree } = pkg;
  const parent = tree.parent(selector);
  if (parent === undefined) return undefined;
  if (tree.kind(parent) === Kind.CompositeLit && tree.role(selector) === Role.Type) {
    if (tree.list(parent, Role.Elt).length > 0) return parent;
    return takers(tree, parent).find((name) => setsData(pkg, name));
  }
  if (tree.kind(parent) === Kind.ValueSpec) return tree.list(parent, Role.Name).find((name) => setsData(pkg, name));
  const isNew =
    tree.kind(parent) === Kind.CallExpr && tree.role(selector) === Role.Arg && pkg.text(tree.callee(parent)) === "new";
  return isNew ? takers(tree, parent).find((name) => setsData(pkg, name)) : undefined;
}

/** Whether the variable's Data is assigned. */
function setsData(pkg: GoPackage, name: NodeId): boolean {
  const { tree } = pkg;
  const variable = localVariable(pkg, name);
  if (variable === undefined) return false;
  return pkg.uses(variable).some((use) => {
    const parent = tree.parent(use);
    if (parent === undefined || tree.kind(parent) !== Kind.SelectorExpr) return false;
    const sel = tree.child(parent, Role.Sel);
    return sel !== undefined && tree.name(sel) === "Data" && useOf(tree, parent) === "assigned";
  });
}
