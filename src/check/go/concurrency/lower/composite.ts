/** Composite literals of structs, arrays, slices and maps. */

import { Kind, Role } from "../../kinds.ts";
import type { GoType } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";
import type { Element, Reg } from "../code.ts";
import { emit, type Lowering, register, value } from "./function.ts";

/** More elements than this are evaluated but not kept: tables of constants are long and race with nobody. */
const keptElements = 64;

export function lowerComposite(l: Lowering, node: NodeId, type: GoType | undefined): Reg {
  const { tree } = l.pkg;
  const shape = type?.kind === "pointer" ? type.elem?.underlying : (type?.underlying ?? type);
  const elements: Element[] = [];
  let next = 0;
  for (const child of tree.list(node, Role.Elt).slice(0, keptElements)) {
    const element = lowerElement(l, child, shape, next);
    next = (element.index ?? next) + 1;
    elements.push(element);
  }
  const to = register(l);
  const length = Math.max(next, tree.list(node, Role.Elt).length);
  const own = type?.kind === "pointer" ? type.elem : type;
  emit(l, "composite", node, { to, type: own, elements, length });
  if (type?.kind !== "pointer") return to;
  const pointer = register(l);
  emit(l, "declare", node, { to: pointer, symbol: undefined, type: own, from: to, isOwn: false });
  return pointer;
}

function lowerElement(l: Lowering, child: NodeId, shape: GoType | undefined, next: number): Element {
  const { pkg } = l;
  const { tree } = pkg;
  const isKeyed = tree.kind(child) === Kind.KeyValueExpr;
  const key = isKeyed ? tree.child(child, Role.Key) : undefined;
  const content = isKeyed ? (tree.child(child, Role.Value) ?? child) : child;
  const element = { field: undefined, index: undefined, key: undefined };
  if (shape?.kind === "map") {
    const at = key === undefined ? -1 : elementValue(l, key, shape.key);
    return { ...element, key: at, value: elementValue(l, content, shape.elem) };
  }
  const isStruct =
    shape?.kind === "struct" || (shape === undefined && key !== undefined && tree.kind(key) === Kind.Ident);
  if (isStruct) {
    const field = key === undefined ? shape?.fields?.[next]?.name : tree.name(key);
    const type = shape?.fields?.find(({ name }) => name === field)?.type;
    return { ...element, field, index: key === undefined ? next : undefined, value: elementValue(l, content, type) };
  }
  const known = key === undefined ? next : pkg.constant(key);
  const index = typeof known === "number" ? known : next;
  return { ...element, index, value: elementValue(l, content, shape?.elem) };
}

/** Inside a literal the type of a literal may be left out. */
function elementValue(l: Lowering, node: NodeId, type: GoType | undefined): Reg {
  const isBare = l.pkg.tree.kind(node) === Kind.CompositeLit && l.pkg.tree.type(node) === undefined;
  return isBare ? lowerComposite(l, node, l.pkg.typeOf(node) ?? type) : value(l, node);
}
