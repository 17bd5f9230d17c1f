/** Instructions that make, read and write values. */

import type { InstrOf } from "../code.ts";
import { binary, equal, unary } from "./arithmetic.ts";
import { escape } from "./escape.ts";
import { newCell } from "./memory.ts";
import {
  arrayOf,
  asContainer,
  baseCell,
  cellOfValue,
  elementPlace,
  fieldPlace,
  fresh,
  load,
  lookup,
  mapKey,
  nilFault,
  type Spot,
  store,
  touchElements,
} from "./places.ts";
import { get, set } from "./state.ts";
import { type Cell, isAggregateType, isObject, type MapValue, shapeOf, type Value } from "./value.ts";

export function declareStep(spot: Spot, { to, symbol, type, from, isOwn }: InstrOf<"declare">): void {
  const origin = { kind: symbol === undefined ? "heap" : "variable", symbol, node: spot.node } as const;
  let value = get(spot.frame, from);
  if (isObject(value) && value.kind === "unknown" && value.type === undefined && type !== undefined) {
    value = value.as ?? { ...value, type };
    set(spot.frame, from, value);
  }
  const own = isObject(value) && value.kind === "aggregate" ? value.cell.type : undefined;
  const cell = newCell({ type: type ?? own, origin, isTracked: !isOwn });
  set(spot.frame, to, cell);
  if (from >= 0) spot.run.memory.write(cell, value);
  else if (!isAggregateType(type)) cell.value = spot.run.memory.zeroOf(type);
}

/** The loop's variable of the next turn. Copying it is no access that anybody could race with, as each turn has its own. */
export function renewStep({ run, frame }: Spot, { to }: InstrOf<"renew">): void {
  const old = get(frame, to);
  if (!isObject(old) || old.kind !== "cell") return;
  const cell = newCell({
    type: old.type,
    isTracked: old.isTracked,
    ...(old.origin === undefined ? {} : { origin: old.origin }),
  });
  run.memory.write(cell, run.memory.read(old));
  set(frame, to, cell);
}

export function loadStep(spot: Spot, { to, place, ok }: InstrOf<"load">): void {
  const from = get(spot.frame, place);
  if (isObject(from) && from.kind === "element") {
    const found = lookup(spot, from.map, from.key);
    set(spot.frame, to, found.value);
    set(spot.frame, ok, found.ok);
    return;
  }
  set(spot.frame, to, load(spot, from));
  if (ok >= 0) set(spot.frame, ok, spot.run.memory.unknown(undefined));
}

export function fieldStep(spot: Spot, { to, base, name, path, type }: InstrOf<"field">): void {
  set(spot.frame, to, fieldPlace(spot, baseCell(spot, base, type), path, name));
}

export function indexStep(spot: Spot, { to, base, index, type }: InstrOf<"index">): void {
  const at = get(spot.frame, index);
  const held = get(spot.frame, base.reg);
  const isArrayPlace = base.isPlace && isObject(held) && held.kind === "cell" && isAggregateType(held.type);
  const container = !base.isPlace || isArrayPlace ? held : load(spot, held);
  if (typeof container === "string") return set(spot.frame, to, spot.run.memory.unknown(undefined));
  const isPointer = isObject(container) && container.kind === "cell" && !isArrayPlace;
  set(spot.frame, to, elementPlace(spot, isPointer ? { kind: "aggregate", cell: container } : container, at, type));
}

export function derefStep(spot: Spot, { to, from, type }: InstrOf<"deref">): void {
  set(spot.frame, to, cellOfValue(spot, get(spot.frame, from), type));
}

/** Of an array the slice shares the array; a slice of a slice shares what that one shares. */
export function sliceStep(spot: Spot, { to, base, low, high, max }: InstrOf<"slice">): void {
  const held = get(spot.frame, base.reg);
  const isArrayPlace = base.isPlace && isObject(held) && held.kind === "cell" && isAggregateType(held.type);
  let container = !base.isPlace || isArrayPlace ? held : load(spot, held);
  if (isObject(container) && container.kind === "unknown") container = asContainer(spot, container, undefined);
  const from = low < 0 ? 0 : get(spot.frame, low);
  const [end, limit] = [high < 0 ? undefined : get(spot.frame, high), max < 0 ? undefined : get(spot.frame, max)];
  if (typeof container === "string") return set(spot.frame, to, spot.run.memory.unknown(undefined));
  if (!isObject(container)) return set(spot.frame, to, container);
  if (container.kind === "cell") {
    const length = shapeOf(container.type)?.length;
    container = { kind: "slice", array: container, low: 0, length, capacity: length };
  }
  if (container.kind !== "slice") return set(spot.frame, to, spot.run.memory.unknown(undefined));
  const start = typeof from === "number" ? from : 0;
  const isKnown = typeof from === "number" && (high < 0 || typeof end === "number");
  const stop = typeof end === "number" ? end : container.length;
  const whole = typeof limit === "number" ? limit : container.capacity;
  set(spot.frame, to, {
    kind: "slice",
    array: container.array,
    low: container.low + start,
    length: isKnown && stop !== undefined ? Math.max(stop - start, 0) : undefined,
    capacity: whole === undefined ? undefined : Math.max(whole - start, 0),
  });
}

export function unaryStep({ run, frame }: Spot, { to, operator, x }: InstrOf<"unary">): void {
  set(frame, to, unary(run.memory, operator, get(frame, x)));
}

export function binaryStep({ run, thread, frame }: Spot, { to, operator, x, y, isInteger }: InstrOf<"binary">): void {
  const [left, right] = [get(frame, x), get(frame, y)];
  if ((operator === "/" || operator === "%") && isInteger && right === 0) {
    thread.panic ??= { value: "division by zero" };
    return;
  }
  set(frame, to, binary(run.memory, operator, left, right, isInteger));
}

/** Conversions between strings and slices read or make elements; all others keep the value. */
export function convertStep(spot: Spot, { to, from, type }: InstrOf<"convert">): void {
  const value = get(spot.frame, from);
  const shape = shapeOf(type);
  if (isObject(value) && value.kind === "slice" && shape?.kind === "basic") {
    touchElements(spot, value, 0, value.length, { isWrite: false });
    return set(spot.frame, to, spot.run.memory.unknown(type));
  }
  if (typeof value === "string" && shape?.kind === "slice") {
    const array = newCell({
      type: arrayOf(type),
      origin: { kind: "heap", symbol: undefined, node: spot.node },
      isUnknown: true,
    });
    return set(spot.frame, to, { kind: "slice", array, low: 0, length: value.length, capacity: value.length });
  }
  if (isObject(value) && value.kind === "aggregate" && isAggregateType(type)) {
    const copy = newCell({ type, isTracked: false, isUnknown: value.cell.isUnknown });
    spot.run.memory.write(copy, value);
    return set(spot.frame, to, { kind: "aggregate", cell: copy });
  }
  set(spot.frame, to, value);
}

export function compositeStep(spot: Spot, { to, type, elements, length }: InstrOf<"composite">): void {
  const shape = shapeOf(type);
  if (shape?.kind === "map") return set(spot.frame, to, mapLiteral(spot, shape.elem, type, elements));
  if (shape?.kind === "slice") {
    const array = newCell({ type: arrayOf(type), origin: { kind: "heap", symbol: undefined, node: spot.node } });
    fill(spot, array, elements);
    return set(spot.frame, to, { kind: "slice", array, low: 0, length, capacity: length });
  }
  const { cell } = spot.run.memory.aggregate(type, shape === undefined);
  fill(spot, cell, elements);
  set(spot.frame, to, { kind: "aggregate", cell });
}

function fill(spot: Spot, cell: Cell, elements: InstrOf<"composite">["elements"]): void {
  for (const { field, index, value } of elements) {
    const key = field ?? index ?? 0;
    const part = elementOrField(spot, cell, key);
    const content = get(spot.frame, value);
    if (isObject(content) && content.kind === "func") escape(content);
    if (part !== undefined) spot.run.memory.write(part, get(spot.frame, value));
  }
}

function elementOrField(spot: Spot, cell: Cell, key: string | number): Cell | undefined {
  if (typeof key === "string") {
    const place = fieldPlace(spot, cell, [], key);
    return isObject(place) && place.kind === "cell" ? place : undefined;
  }
  const place = elementPlace(spot, { kind: "aggregate", cell }, key, undefined);
  return isObject(place) && place.kind === "cell" ? place : undefined;
}

function mapLiteral(
  spot: Spot,
  elem: MapValue["elem"],
  type: MapValue["elem"],
  elements: InstrOf<"composite">["elements"],
): MapValue {
  const map = spot.run.memory.newMap(elem, spot.node, false, type);
  for (const { key, value } of elements) {
    const known = mapKey(spot.run, get(spot.frame, key ?? -1));
    if (known !== undefined) map.entries.set(known, get(spot.frame, value));
  }
  return map;
}

export function storeStep(spot: Spot, { place, from, update }: InstrOf<"store">): void {
  store(spot, get(spot.frame, place), get(spot.frame, from), update);
}

export function assertStep(spot: Spot, { to, ok, from, type }: InstrOf<"assert">): void {
  const value = get(spot.frame, from);
  if (value === undefined && ok < 0 && type !== undefined) nilFault(spot);
  const isTyped = isObject(value) && value.kind === "unknown" && value.type?.kind !== type?.kind && type !== undefined;
  const result = isTyped ? assertedUnknown(spot, value, type) : value;
  set(spot.frame, to, value === undefined && ok >= 0 ? spot.run.memory.zeroOf(type) : result);
  set(spot.frame, ok, value === undefined ? false : fits(spot, value, type));
}

/** The same unknown thing seen as another type; what it points to stays the same. */
function assertedUnknown(spot: Spot, value: Extract<Value, { kind: "unknown" }>, type: MapValue["elem"]): Value {
  if (value.as !== undefined) return value.as;
  return isAggregateType(type) ? fresh(spot, type) : { ...value, type };
}

/** Whether a value is of a type, as far as the type can be seen in it. */
function fits({ run }: Spot, value: Value, type: MapValue["elem"]): Value {
  if (value === undefined || type === undefined) return value === undefined && type === undefined;
  const shape = shapeOf(type);
  if (shape?.kind === "interface") return run.memory.unknown(undefined, `is ${type.text} ${keyName(value)}`);
  if (typeof value === "number") return shape?.kind === "basic" && !/string|bool/.test(shape.name) ? true : false;
  if (typeof value === "string") return shape?.kind === "basic" && /string/.test(shape.name);
  if (typeof value === "boolean") return shape?.kind === "basic" && /bool/.test(shape.name);
  if (value.kind === "cell") return shape?.kind === "pointer" && (value.type === undefined || value.type === type.elem);
  if (value.kind === "aggregate") return value.cell.type === undefined || value.cell.type === type;
  return run.memory.unknown(undefined, `is ${type.text} ${keyName(value)}`);
}

function keyName(value: Value): string {
  if (!isObject(value)) return String(value);
  return value.kind === "unknown" ? value.key : value.kind;
}

export function isStep(spot: Spot, { to, from, types }: InstrOf<"is">): void {
  const value = get(spot.frame, from);
  const answers = types.map((type) =>
    type?.name === "untyped nil" || type?.name === "nil"
      ? equal(spot.run.memory, value, undefined)
      : fits(spot, value, type),
  );
  set(spot.frame, to, answers.includes(true) ? true : (answers.find((answer) => answer !== false) ?? false));
}
