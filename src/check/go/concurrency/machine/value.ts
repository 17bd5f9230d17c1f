/** What registers and cells hold while the machine runs a function: Go's values, as far as they are known. */

import type { GoPackage } from "../../program.ts";
import type { GoSymbol, GoType } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";
import type { FuncCode } from "../code.ts";
import type { Channel } from "./channel.ts";
import type { Clock } from "./clock.ts";
import type { Shadow } from "./shadow.ts";
import type { SyncState } from "./sync-state.ts";

/** `undefined` is nil. A Cell is a pointer to itself. */
export type Value =
  | undefined
  | boolean
  | number
  | string
  | Cell
  | Slice
  | MapValue
  | MapElement
  | Channel
  | FuncValue
  | Aggregate
  | Unknown
  | Iterator
  | Opaque;

/** A piece of memory: a variable, a field, an element. Its parts come into being when they are first used. */
export interface Cell {
  readonly kind: "cell";
  readonly type: GoType | undefined;
  value: Value;
  kids: Map<string | number, Cell> | undefined;
  readonly parent: Cell | undefined;
  /** The field's name or the element's index in the parent. */
  readonly key: string | number;
  readonly origin: Origin | undefined;
  /** Whether accesses are recorded. */
  readonly isTracked: boolean;
  /** Whether what was never stored here is unknown, instead of zero. */
  isUnknown: boolean;
  /** Others may hold a pointer to it. */
  isEscaped: boolean;
  shadow: Shadow | undefined;
  sync: SyncState | undefined;
  /** Of a map's or a slice's contents: the variable or field that they were last reached through. */
  owner: Cell | undefined;
}

/** Where a root cell comes from. */
export interface Origin {
  readonly kind: "variable" | "global" | "heap" | "unknown";
  readonly symbol: GoSymbol | undefined;
  readonly node: NodeId;
}

export interface Slice {
  readonly kind: "slice";
  readonly array: Cell;
  readonly low: number;
  /** `undefined`: not known. */
  readonly length: number | undefined;
  readonly capacity: number | undefined;
}

export interface MapValue {
  readonly kind: "map";
  /** What accesses are recorded on: any write races with any other access. */
  readonly cell: Cell;
  readonly entries: Map<string | number | boolean, Value>;
  readonly elem: GoType | undefined;
  /** Has entries that nobody has seen. */
  readonly isUnknown: boolean;
}

/** A place in a map. */
export interface MapElement {
  readonly kind: "element";
  readonly map: MapValue;
  readonly key: Value;
}

export interface FuncValue {
  readonly kind: "func";
  readonly name: string;
  /** Symbol key, if it is a declared function or method. */
  readonly key: string | undefined;
  readonly code: FuncCode | undefined;
  readonly pkg: GoPackage | undefined;
  readonly captured: readonly Value[];
  /** Of a method value: its receiver. */
  readonly receiver: { readonly value: Value; readonly type: GoType | undefined } | undefined;
  readonly type: GoType | undefined;
}

/** A struct or array as a value: a copy that nobody else sees. */
export interface Aggregate {
  readonly kind: "aggregate";
  readonly cell: Cell;
}

/** A value of which only equality with itself is known. What it points to comes into being when it is used. */
export interface Unknown {
  readonly kind: "unknown";
  readonly type: GoType | undefined;
  /** Equal for equal values; `!` in front: the negation. */
  readonly key: string;
  /** What it turned out to be when it was used as a pointer, slice, map or channel. */
  as: Cell | Slice | MapValue | Channel | undefined;
  /** What those know who synchronise through it. */
  readonly clock: Clock;
}

export interface Iterator {
  readonly kind: "iterator";
  readonly over: Value;
  readonly keys: readonly Value[] | undefined;
  readonly length: number;
  at: number;
}

/** A value of a library that the machine knows. */
export interface Opaque {
  readonly kind: "opaque";
  readonly what: "reflect" | "error";
  readonly target: Value;
}

export function isObject(value: Value): value is Exclude<Value, undefined | boolean | number | string> {
  return typeof value === "object";
}

/** A type without its name. */
export function shapeOf(type: GoType | undefined): GoType | undefined {
  return type?.underlying ?? type;
}

export function isAggregateType(type: GoType | undefined): boolean {
  const kind = shapeOf(type)?.kind;
  return kind === "struct" || kind === "array";
}
