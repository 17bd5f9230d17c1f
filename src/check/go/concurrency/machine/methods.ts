/** Functions and methods as values: which code a name stands for, and with which receiver. */

import type { GoPackage } from "../../program.ts";
import type { GoType } from "../../symbols.ts";
import type { InstrOf } from "../code.ts";
import { codeOf } from "../lower/lower.ts";
import { baseCell, cellOfValue, fieldPlace, load, nilFault, type Spot } from "./places.ts";
import { get, set } from "./state.ts";
import { type Cell, type FuncValue, isObject, shapeOf, type Value } from "./value.ts";

/** A declared function as a value; with code if this package has it. */
export function functionValue(
  pkg: GoPackage,
  key: string,
  name: string,
  type: GoType | undefined,
  receiver?: FuncValue["receiver"],
): FuncValue {
  const symbol = pkg.declared.get(key);
  const decl = symbol === undefined ? undefined : pkg.funcDecl(symbol);
  const code = decl === undefined ? undefined : codeOf(pkg, decl);
  return { kind: "func", name, key, code, pkg: code === undefined ? undefined : pkg, captured: [], receiver, type };
}

/** `x.M` as a value: finds the receiver, and for interfaces the method of what is in it. */
export function methodStep(spot: Spot, { to, base, callee, baseType }: InstrOf<"method">): void {
  const { pkg } = spot.frame;
  if (callee.isInterface || callee.key === undefined) {
    const held = get(spot.frame, base.reg);
    const value = base.isPlace ? loadThrough(spot, held, callee.path) : held;
    return set(spot.frame, to, dynamicMethod(spot, value, callee.key, callee.name, callee.type, baseType));
  }
  const held = get(spot.frame, base.reg);
  const known = base.isPlace && isObject(held) && held.kind === "cell" ? held.value : held;
  if (isObject(known) && known.kind === "opaque") {
    if (base.isPlace) load(spot, held);
    return set(
      spot.frame,
      to,
      functionValue(pkg, callee.key, callee.name, callee.type, { value: known, type: baseType }),
    );
  }
  const cell = baseCell(spot, base, baseType);
  const place = fieldPlace(spot, cell, callee.path, "");
  const isPointer = shapeOf(isObject(place) && place.kind === "cell" ? place.type : undefined)?.kind === "pointer";
  const at =
    isPointer && isObject(place) && place.kind === "cell" ? cellOfValue(spot, load(spot, place), place.type) : place;
  const value = callee.pointerReceiver === false && isObject(at) && at.kind === "cell" ? load(spot, at) : at;
  if (cell === undefined && base.isPlace === false && callee.pointerReceiver === false) {
    return set(
      spot.frame,
      to,
      functionValue(pkg, callee.key, callee.name, callee.type, { value: get(spot.frame, base.reg), type: baseType }),
    );
  }
  set(spot.frame, to, functionValue(pkg, callee.key, callee.name, callee.type, { value, type: baseType }));
}

/** An interface's value, or what is not known to have a type: of structs the place, so that their parts stay shared. */
function loadThrough(spot: Spot, held: Value, path: readonly string[]): Value {
  const start = path.length === 0 || !isObject(held) || held.kind !== "cell" ? held : fieldPlace(spot, held, path, "");
  if (!isObject(start) || start.kind !== "cell") return start;
  return start.kids === undefined && (start.value !== undefined || start.type?.kind !== "named")
    ? load(spot, start)
    : start;
}

function dynamicMethod(
  spot: Spot,
  value: Value,
  key: string | undefined,
  name: string,
  type: GoType | undefined,
  baseType: GoType | undefined,
): FuncValue | undefined {
  if (value === undefined && key !== undefined) return nilFault(spot);
  const { pkg } = spot.frame;
  const own = typeIn(value);
  const found = own === undefined ? undefined : pkg.lookup(own, name);
  if (found?.key !== undefined && found.kind === "method") {
    const cell = isObject(value) && value.kind === "aggregate" ? value.cell : (value as Cell);
    const place = fieldPlace(spot, cell, found.path, "");
    if (found.isInterface && found.path.length > 0 && isObject(place) && place.kind === "cell") {
      return dynamicMethod(spot, load(spot, place), found.key, name, type, place.type);
    }
    const receiver =
      found.method?.pointerReceiver === false && isObject(place) && place.kind === "cell" ? load(spot, place) : place;
    return functionValue(pkg, found.key, name, type, { value: receiver, type: own });
  }
  const known = key ?? (baseType?.kind === "named" ? `${baseType.pkgPath}.${baseType.name}.${name}` : undefined);
  return {
    kind: "func",
    name,
    key: known,
    code: undefined,
    pkg: undefined,
    captured: [],
    receiver: { value, type: baseType },
    type,
  };
}

/** The type of what an interface holds, where it can be seen. */
function typeIn(value: Value): GoType | undefined {
  if (!isObject(value)) return undefined;
  if (value.kind === "cell") return value.type;
  return value.kind === "aggregate" ? value.cell.type : undefined;
}
