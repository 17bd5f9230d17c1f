/** What others may get hold of: of that nobody can say that nothing more will happen to it. */

import { type Cell, isObject, type Value } from "./value.ts";

/** Values are followed no further. */
const maxValues = 200;

/** Whether a cell belongs to something that was there before the function that is run, or outlives it. */
export function isOutside(cell: Cell): boolean {
  let root = cell;
  while (root.parent !== undefined) root = root.parent;
  return root.origin?.kind === "unknown" || root.origin?.kind === "global" || root.isEscaped;
}

/** Marks all channels and variables that can be reached from a value. */
export function escape(value: Value): void {
  const seen = new Set<object>();
  const left: Value[] = [value];
  while (left.length > 0 && seen.size < maxValues) {
    const one = left.pop();
    if (!isObject(one) || seen.has(one)) continue;
    seen.add(one);
    left.push(...reachable(one));
  }
}

function reachable(value: Exclude<Value, undefined | boolean | number | string>): readonly Value[] {
  switch (value.kind) {
    case "channel":
      value.isEscaped = true;
      return value.buffer;
    case "cell":
      value.isEscaped = true;
      return [value.value, ...(value.kids?.values() ?? [])];
    case "aggregate":
      return [value.cell];
    case "slice":
      return [value.array];
    case "map":
      return [value.cell, ...value.entries.values()];
    case "func":
      return [...value.captured, value.receiver?.value];
    default:
      return [];
  }
}
