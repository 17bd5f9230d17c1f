/** Cells: how they come into being, what is in them, copies of them. No access is recorded here. */

import type { GoType } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";
import {
  type Aggregate,
  type Cell,
  isAggregateType,
  isObject,
  type MapValue,
  type Origin,
  shapeOf,
  type Unknown,
  type Value,
} from "./value.ts";

/** Copies go no deeper; what is deeper is unknown. */
const maxCopyDepth = 6;

export interface NewCell {
  readonly type: GoType | undefined;
  readonly origin?: Origin;
  readonly isTracked?: boolean;
  readonly isUnknown?: boolean;
}

export function newCell({ type, origin, isTracked = true, isUnknown = false }: NewCell): Cell {
  return {
    kind: "cell",
    type,
    value: undefined,
    kids: undefined,
    parent: undefined,
    key: "",
    origin,
    isTracked,
    isUnknown,
    isEscaped: false,
    shadow: undefined,
    sync: undefined,
    owner: undefined,
  };
}

/** A field or element, made when first asked for. */
export function kidOf(cell: Cell, key: string | number, type: GoType | undefined, memory: Memory): Cell {
  cell.kids ??= new Map();
  const known = cell.kids.get(key);
  if (known !== undefined) return known;
  const kid: Cell = { ...newCell({ type, isTracked: cell.isTracked, isUnknown: cell.isUnknown }), parent: cell, key };
  cell.kids.set(key, kid);
  if (!isAggregateType(type)) kid.value = cell.isUnknown ? memory.unknown(type) : zero(type);
  return kid;
}

/** The type of a part: a field's, or an array's elements'. */
export function partType(type: GoType | undefined, key: string | number): GoType | undefined {
  const shape = shapeOf(type);
  if (shape?.kind === "struct") return (type?.fields ?? shape.fields)?.find(({ name }) => name === key)?.type;
  return shape?.elem;
}

/** The zero value of a type that is not a struct or array; of an unknown type nil. */
export function zero(type: GoType | undefined): Value {
  const shape = shapeOf(type);
  if (shape?.kind !== "basic") return undefined;
  if (/bool/.test(shape.name)) return false;
  if (/string/.test(shape.name)) return "";
  return /nil|Pointer|invalid/.test(shape.name) ? undefined : 0;
}

/** Makes unknown values, each different from all others. */
export class Memory {
  private made = 0;
  /** The longest key of an unknown value; longer ones would only cost. */
  private readonly maxKeyLength = 200;

  unknown(type: GoType | undefined, key?: string): Unknown {
    const own = key === undefined || key.length > this.maxKeyLength ? `?${(this.made += 1)}` : key;
    return { kind: "unknown", type, key: own, as: undefined, clock: [] };
  }

  /** A struct or array with nothing in it yet. */
  aggregate(type: GoType | undefined, isUnknown: boolean): Aggregate {
    return { kind: "aggregate", cell: newCell({ type, isTracked: false, isUnknown }) };
  }

  zeroOf(type: GoType | undefined): Value {
    return isAggregateType(type) ? this.aggregate(type, false) : zero(type);
  }

  /** What is in a cell: of structs and arrays a copy. */
  read(cell: Cell, depth = 0): Value {
    if (isObject(cell.value) && cell.value.kind === "opaque") return cell.value;
    if (!isAggregateType(cell.type) && cell.kids === undefined) return cell.value;
    const copy = this.aggregate(cell.type, cell.isUnknown || depth > maxCopyDepth);
    if (depth > maxCopyDepth) return copy;
    this.copyInto(copy.cell, cell, depth);
    return copy;
  }

  /** Puts a value into a cell. Parts that exist stay the same cells, so that pointers to them stay right. */
  write(cell: Cell, value: Value): void {
    if (isObject(value) && value.kind === "aggregate") {
      cell.isUnknown = value.cell.isUnknown;
      for (const [key, kid] of cell.kids ?? []) if (value.cell.kids?.has(key) !== true) this.reset(kid, cell.isUnknown);
      this.copyInto(cell, value.cell, 0);
      return;
    }
    if (isAggregateType(cell.type) && !(isObject(value) && value.kind === "opaque")) {
      cell.isUnknown = isObject(value);
      for (const kid of cell.kids?.values() ?? []) this.reset(kid, cell.isUnknown);
      return;
    }
    cell.value = value;
    if (cell.sync !== undefined) cell.sync = undefined;
  }

  private copyInto(to: Cell, from: Cell, depth: number): void {
    for (const [key, kid] of from.kids ?? []) this.write(kidOf(to, key, kid.type, this), this.read(kid, depth + 1));
  }

  private reset(cell: Cell, isUnknown: boolean): void {
    cell.isUnknown = isUnknown;
    cell.sync = undefined;
    for (const kid of cell.kids?.values() ?? []) this.reset(kid, isUnknown);
    if (!isAggregateType(cell.type)) cell.value = isUnknown ? this.unknown(cell.type) : zero(cell.type);
  }

  newMap(elem: GoType | undefined, node: NodeId, isUnknown: boolean, mapType: GoType | undefined): MapValue {
    const cell = newCell({ type: mapType, origin: { kind: isUnknown ? "unknown" : "heap", symbol: undefined, node } });
    return { kind: "map", cell, entries: new Map(), elem, isUnknown };
  }
}
