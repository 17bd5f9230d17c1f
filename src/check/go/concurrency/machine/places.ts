/** From operands to cells: fields, elements, what pointers point to; loading and storing with the accesses recorded. */

import type { GoType } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";
import type { Operand } from "../code.ts";
import { kidOf, newCell, partType } from "./memory.ts";
import { escape, isOutside } from "./escape.ts";
import type { AccessKind } from "./shadow.ts";
import { get, type Run } from "./state.ts";
import type { Frame, Thread } from "./thread.ts";
import {
  type Cell,
  isAggregateType,
  isObject,
  type MapValue,
  shapeOf,
  type Slice,
  type Unknown,
  type Value,
} from "./value.ts";

/** Where an instruction is being run. */
export interface Spot {
  readonly run: Run;
  readonly thread: Thread;
  readonly frame: Frame;
  readonly node: NodeId;
}

/** Slices of this many elements are looked at one by one; of longer ones as a whole. */
const maxElements = 32;

export function touch({ run, thread, frame, node }: Spot, cell: Cell, kind: AccessKind): void {
  run.access(thread, frame, cell, node, kind);
}

/** What a place or a map's element holds; recorded as a read. */
export function load(spot: Spot, place: Value): Value {
  if (!isObject(place)) return place === undefined ? nilFault(spot) : place;
  switch (place.kind) {
    case "cell":
      touch(spot, place, { isWrite: false });
      return owned(spot, place, spot.run.memory.read(place));
    case "element":
      return lookup(spot, place.map, place.key).value;
    case "unknown":
      return load(spot, asCell(spot, place, undefined));
    default:
      return place;
  }
}

/** A map's or slice's contents are guarded by what guards the variable that leads to them. */
function owned(spot: Spot, place: Cell, value: Value): Value {
  if (!isObject(value)) return value;
  const isObserved = spot.run.observer !== undefined && value.kind === "unknown";
  const contents = isObserved ? asContainer(spot, value, place.type) : value;
  if (isObject(contents) && contents.kind === "map") contents.cell.owner = place;
  else if (isObject(contents) && contents.kind === "slice") contents.array.owner = place;
  return value;
}

export function store(spot: Spot, place: Value, value: Value, isUpdate: boolean): void {
  if (!isObject(place)) {
    if (place === undefined) nilFault(spot);
    return;
  }
  if (place.kind === "cell") {
    touch(spot, place, { isWrite: true, isUpdate });
    if (isObject(value) && (isOutside(place) || isKept(place, value))) escape(value);
    spot.run.memory.write(place, value);
  } else if (place.kind === "element") {
    touch(spot, place.map.cell, { isWrite: true, isUpdate, what: "map" });
    const key = mapKey(spot.run, place.key);
    if (isObject(value) && (place.map.isUnknown || isOutside(place.map.cell))) escape(value);
    if (key !== undefined) place.map.entries.set(key, value);
  } else if (place.kind === "unknown") store(spot, asCell(spot, place, undefined), value, isUpdate);
}

/** A function in a field may be called by whoever has the object, when nobody sees it. */
function isKept(place: Cell, value: Value): boolean {
  return place.parent !== undefined && isObject(value) && value.kind === "func";
}

/** A nil pointer was used: Go panics. */
export function nilFault({ thread }: Spot): undefined {
  thread.panic ??= { value: "nil pointer" };
}

/** A map's element by its key, recorded as a read of the map. */
export function lookup(spot: Spot, map: MapValue, key: Value): { value: Value; ok: Value } {
  touch(spot, map.cell, { isWrite: false, what: "map" });
  const known = mapKey(spot.run, key);
  if (known !== undefined && map.entries.has(known)) return { value: map.entries.get(known), ok: true };
  const { memory } = spot.run;
  if (!map.isUnknown && known !== undefined) return { value: memory.zeroOf(map.elem), ok: false };
  const value = fresh(spot, map.elem);
  if (known !== undefined) map.entries.set(known, value);
  return { value, ok: memory.unknown(undefined) };
}

/** A map's key as a key of ours; unknown ones and pointers by identity, structs not at all. */
export function mapKey(run: Run, key: Value): string | number | boolean | undefined {
  if (!isObject(key)) return key ?? "nil";
  if (key.kind === "unknown") return key.key;
  return key.kind === "cell" || key.kind === "channel" ? run.identityOf(key) : undefined;
}

/** Some value of a type: of structs and arrays one with unknown parts. */
export function fresh({ run }: Spot, type: GoType | undefined): Value {
  return isAggregateType(type) ? run.memory.aggregate(type, true) : run.memory.unknown(type);
}

/** The cell that an unknown pointer points to; always the same one. */
export function asCell({ run, node }: Spot, value: Unknown, type: GoType | undefined): Cell {
  if (isObject(value.as) && value.as.kind === "cell") return value.as;
  const shape = shapeOf(value.type);
  const elem = shape?.kind === "pointer" ? shape.elem : type;
  const cell = newCell({ type: elem, origin: { kind: "unknown", symbol: undefined, node }, isUnknown: true });
  if (!isAggregateType(elem)) cell.value = elem === undefined ? undefined : run.memory.unknown(elem);
  value.as = cell;
  return cell;
}

/** The cell whose parts an operand's fields or elements are: through one pointer, if it is one. */
export function baseCell(spot: Spot, base: Operand, type: GoType | undefined): Cell | undefined {
  const value = get(spot.frame, base.reg);
  return base.isPlace ? cellAtPlace(spot, value, type) : cellOfValue(spot, value, type);
}

function cellAtPlace(spot: Spot, place: Value, type: GoType | undefined): Cell | undefined {
  if (!isObject(place)) return nilFault(spot);
  if (place.kind === "element") return cellOfValue(spot, load(spot, place), type);
  if (place.kind !== "cell") return cellOfValue(spot, place, type);
  const isWhole =
    place.kids !== undefined || isAggregateType(place.type) || (place.type === undefined && place.value === undefined);
  return isWhole ? place : cellOfValue(spot, load(spot, place), type);
}

export function cellOfValue(spot: Spot, value: Value, type: GoType | undefined): Cell | undefined {
  if (!isObject(value)) return nilFault(spot);
  if (value.kind === "cell") return value;
  if (value.kind === "aggregate") return value.cell;
  if (value.kind === "unknown") return asCell(spot, value, type?.kind === "pointer" ? type.elem : type);
  return undefined;
}

/** A field's place, through embedded fields, of which some may be pointers. */
export function fieldPlace(spot: Spot, base: Cell | undefined, path: readonly string[], name: string): Value {
  let cell = base;
  for (const step of path) {
    if (cell === undefined) return undefined;
    const inner: Cell = kidOf(cell, step, partType(cell.type, step), spot.run.memory);
    const isPointer = shapeOf(inner.type)?.kind === "pointer";
    cell = isPointer ? cellOfValue(spot, load(spot, inner), inner.type) : inner;
  }
  if (cell === undefined) return undefined;
  return name === "" ? cell : kidOf(cell, name, partType(cell.type, name), spot.run.memory);
}

/** `x[i]` as a place. */
export function elementPlace(spot: Spot, container: Value, index: Value, type: GoType | undefined): Value {
  if (!isObject(container)) {
    return container === undefined && shapeOf(type)?.kind !== "map" ? nilFault(spot) : container;
  }
  switch (container.kind) {
    case "map":
      return { kind: "element", map: container, key: index };
    case "slice":
      return sliceElement(spot, container, index);
    case "cell":
      return isAggregateType(container.type)
        ? arrayElement(spot, container, index)
        : elementPlace(spot, container.value, index, type);
    case "aggregate":
      return arrayElement(spot, container.cell, index);
    case "unknown":
      return elementPlace(spot, asContainer(spot, container, type), index, type);
    default:
      return undefined;
  }
}

/** An unknown value that is used as a container becomes one. */
export function asContainer(spot: Spot, value: Unknown, hint: GoType | undefined): Value {
  if (value.as !== undefined) return value.as;
  const type = value.type ?? hint;
  const shape = shapeOf(type);
  if (shape?.kind === "map") value.as = spot.run.memory.newMap(shape.elem, spot.node, true, type);
  else if (shape?.kind === "slice") value.as = unknownSlice(spot, type);
  else if (shape?.kind === "pointer" || shape?.kind === "array") value.as = asCell(spot, value, shape.elem);
  return value.as;
}

function unknownSlice({ node }: Spot, type: GoType | undefined): Slice {
  const array = newCell({ type: arrayOf(type), origin: { kind: "unknown", symbol: undefined, node }, isUnknown: true });
  return { kind: "slice", array, low: 0, length: undefined, capacity: undefined };
}

/** For the array below a slice it is enough to look like one. */
export function arrayOf(slice: GoType | undefined): GoType | undefined {
  const shape = shapeOf(slice);
  return shape === undefined
    ? undefined
    : { ...shape, kind: "array", length: undefined, underlying: undefined, text: "" };
}

function sliceElement(spot: Spot, slice: Slice, index: Value): Value {
  if (typeof index !== "number") return arrayElement(spot, slice.array, index);
  if (slice.length !== undefined && (index < 0 || index >= slice.length)) return nilFault(spot);
  return arrayElement(spot, slice.array, index + slice.low);
}

function arrayElement(spot: Spot, array: Cell, index: Value): Cell {
  const key = mapKey(spot.run, index);
  return kidOf(array, typeof key === "number" ? key : `[${String(key)}]`, shapeOf(array.type)?.elem, spot.run.memory);
}

/** Records an access to a slice's elements from `from` up to `to`. */
export function touchElements(spot: Spot, slice: Slice, from: number, to: number | undefined, kind: AccessKind): void {
  if (to === undefined || to - from > maxElements) {
    touch(spot, slice.array, kind);
    return;
  }
  const elem = shapeOf(slice.array.type)?.elem;
  for (let at = from; at < to; at++) touch(spot, kidOf(slice.array, slice.low + at, elem, spot.run.memory), kind);
}

/** A fresh slice with zero elements. */
export function makeSlice(
  type: GoType | undefined,
  length: number | undefined,
  capacity: number | undefined,
  node: NodeId,
): Slice {
  const array = newCell({ type: arrayOf(type), origin: { kind: "heap", symbol: undefined, node } });
  return { kind: "slice", array, low: 0, length, capacity: capacity ?? length };
}

/** `r.Read(b)` writes to `b`, `w.Write(b)` reads it. */
export function elementsOf(spot: Spot, name: string, args: readonly Value[]): void {
  const isRead = /^Read(?:At|Full|From)?$/.test(name);
  if (!isRead && !/^Write(?:At)?$/.test(name)) return;
  for (const arg of args) {
    if (isObject(arg) && arg.kind === "slice") touchElements(spot, arg, 0, arg.length, { isWrite: isRead, what: name });
  }
}
