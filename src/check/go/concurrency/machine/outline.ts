/** What a function of another package of the program does, as far as it is known: its accesses, made where it is called. */

import type { StoredPlace } from "../../program.ts";
import { newCell } from "./memory.ts";
import { asContainer, cellOfValue, fieldPlace, type Spot, touch } from "./places.ts";
import type { Via } from "./shadow.ts";
import { type Cell, type FuncValue, isAggregateType, isObject, type Value } from "./value.ts";

/** One access. Types and no interfaces, since a store holds what JSON can. */
export type Effect = {
  /** -1: the receiver; else a parameter's number. Of a package variable -2. */
  readonly root: number;
  /** The key of a package variable, or "". */
  readonly variable: string;
  /** Fields from there on. */
  readonly fields: readonly string[];
  readonly isWrite: boolean;
  /** The entries of a map, rather than the variable that holds it. */
  readonly isMap: boolean;
  readonly place: StoredPlace;
};

export type Outline = { readonly name: string; readonly effects: readonly Effect[] };

/** The store with the outlines of functions, by their keys. */
export const outlinesName = "concurrency outlines";

/** The outline of a function that has no code here. */
export function outlineOf({ run }: Spot, { key }: FuncValue): Outline | undefined {
  return key === undefined ? undefined : run.pkg.program.store<Outline>(outlinesName).get(key);
}

/** Makes the accesses of a function with an outline. */
export function applyOutline(spot: Spot, outline: Outline, fn: FuncValue, args: readonly Value[]): void {
  for (const effect of outline.effects) {
    const cell = cellFor(spot, effect, fn, args);
    if (cell === undefined) continue;
    const target = effect.variable === "" ? effect.fields.join(".") : effect.variable.replace(/^.*[/.]/, "");
    const via: Via = { name: outline.name, target, isVariable: effect.variable !== "", place: effect.place };
    access(spot, cell, effect, via);
  }
}

function cellFor(spot: Spot, effect: Effect, fn: FuncValue, args: readonly Value[]): Cell | undefined {
  const { root, variable, fields } = effect;
  const given = root === -1 ? fn.receiver?.value : args[root];
  const base = variable === "" ? givenCell(spot, given) : variableCell(spot, variable);
  const last = fields.at(-1);
  const place = last === undefined ? base : fieldPlace(spot, base, fields.slice(0, -1), last);
  return isObject(place) && place.kind === "cell" ? place : undefined;
}

/** A nil pointer is no fault here: the function may look at it first. */
function givenCell(spot: Spot, given: Value): Cell | undefined {
  return isObject(given) ? cellOfValue(spot, given, undefined) : undefined;
}

function variableCell({ run, node }: Spot, key: string): Cell {
  const known = run.globals.get(key);
  if (known !== undefined) return known;
  const made = newCell({ type: undefined, origin: { kind: "global", symbol: undefined, node }, isUnknown: true });
  run.globals.set(key, made);
  return made;
}

function access(spot: Spot, cell: Cell, { isMap, isWrite }: Effect, via: Via): void {
  if (!isMap) {
    touch(spot, cell, { isWrite, via });
    if (isWrite && !isAggregateType(cell.type)) cell.value = spot.run.memory.unknown(cell.type);
    return;
  }
  const { value } = cell;
  const map = isObject(value) && value.kind === "unknown" ? asContainer(spot, value, cell.type) : value;
  if (isObject(map) && map.kind === "map") touch(spot, map.cell, { isWrite, what: "map", via });
}
