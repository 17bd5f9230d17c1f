/**
 * What functions are lowered to before anything is analysed: instructions on numbered registers, with jumps. Evaluation
 * order, which operand is read and which only addressed, and what a range or select statement does is decided here once; the
 * machine runs these instructions, the lock analysis walks them.
 *
 * A variable is a register that holds a pointer to its cell. "Place" means such a pointer: nothing is read until `load`.
 */

import type { GoSymbol, GoType } from "../symbols.ts";
import type { NodeId } from "../tree.ts";

export type Reg = number;

/** An operand: what the register holds is either the value itself or the place where the value is. */
export interface Operand {
  readonly reg: Reg;
  readonly isPlace: boolean;
}

/** How a method or function is found. */
export interface Callee {
  readonly name: string;
  /** Symbol key of a declared function or method, or of an interface's method. */
  readonly key: string | undefined;
  readonly isInterface: boolean;
  /** Whether the method wants its receiver's address. `undefined`: not known. */
  readonly pointerReceiver: boolean | undefined;
  /** Embedded fields on the way to the receiver. */
  readonly path: readonly string[];
  readonly type: GoType | undefined;
}

export interface SelectCase {
  readonly kind: "send" | "receive";
  readonly chan: Reg;
  readonly value: Reg;
  readonly ok: Reg;
  readonly target: number;
  readonly node: NodeId;
}

export interface Element {
  /** A struct's field, an index, or a register with a map's key. */
  readonly field: string | undefined;
  readonly index: number | undefined;
  readonly key: Reg | undefined;
  readonly value: Reg;
}

/** The instructions' fields. -1 in a register's field means "none". */
interface Ops {
  const: { to: Reg; value: string | number | boolean | undefined };
  zero: { to: Reg; type: GoType | undefined };
  /** Some value of that type. */
  unknown: { to: Reg; type: GoType | undefined };
  /** A new variable, zero or with the value of `from`. `isOwn`: only its function sees it, so nobody can race. */
  declare: { to: Reg; symbol: GoSymbol | undefined; type: GoType | undefined; from: Reg; isOwn: boolean };
  /** A new variable with the old one's value: what happens to a loop's variables after each turn. */
  renew: { to: Reg };
  global: { to: Reg; symbol: GoSymbol };
  load: { to: Reg; place: Reg; ok: Reg };
  store: { place: Reg; from: Reg; update: boolean };
  field: { to: Reg; base: Operand; name: string; path: readonly string[]; type: GoType | undefined };
  index: { to: Reg; base: Operand; index: Reg; type: GoType | undefined };
  deref: { to: Reg; from: Reg; type: GoType | undefined };
  slice: { to: Reg; base: Operand; low: Reg; high: Reg; max: Reg };
  unary: { to: Reg; operator: string; x: Reg };
  binary: { to: Reg; operator: string; x: Reg; y: Reg; isInteger: boolean };
  convert: { to: Reg; from: Reg; type: GoType | undefined; source: GoType | undefined };
  composite: { to: Reg; type: GoType | undefined; elements: readonly Element[]; length: number };
  closure: { to: Reg; code: FuncCode };
  function: { to: Reg; key: string; name: string; type: GoType | undefined };
  method: { to: Reg; base: Operand; callee: Callee; baseType: GoType | undefined };
  call: { to: readonly Reg[]; fn: Reg; args: readonly Reg[]; spread: boolean; type: GoType | undefined };
  builtin: { to: Reg; name: string; args: readonly Reg[]; spread: boolean; type: GoType | undefined };
  go: { fn: Reg; args: readonly Reg[]; spread: boolean; type: GoType | undefined };
  defer: { fn: Reg; args: readonly Reg[]; spread: boolean; type: GoType | undefined };
  send: { chan: Reg; value: Reg };
  receive: { to: Reg; ok: Reg; chan: Reg; type: GoType | undefined };
  select: { cases: readonly SelectCase[]; fallback: number };
  jump: { target: number };
  /** On to the next instruction if true, else to `target`. */
  branch: { cond: Reg; target: number; isLoop: boolean };
  range: { to: Reg; over: Operand; hasValue: boolean };
  next: { iterator: Reg; key: Reg; value: Reg; target: number };
  assert: { to: Reg; ok: Reg; from: Reg; type: GoType | undefined; isSource: boolean };
  is: { to: Reg; from: Reg; types: readonly (GoType | undefined)[] };
  return: { values: readonly Reg[] };
}

export type OpName = keyof Ops;
export type Fields<K extends OpName> = Ops[K];
export type InstrOf<K extends OpName> = { readonly op: K; readonly node: NodeId } & Ops[K];
export type Instr = { [K in OpName]: InstrOf<K> }[OpName];

export interface FuncCode {
  readonly name: string;
  /** The FuncDecl or FuncLit. */
  readonly node: NodeId;
  readonly symbol: GoSymbol | undefined;
  /** The function around a literal. */
  readonly outer: FuncCode | undefined;
  readonly code: Instr[];
  /** Registers for the receiver (if any) and the parameters' values, in order. */
  readonly params: Reg[];
  readonly variadic: boolean;
  /** Registers that hold the places of named results. */
  results: Reg[];
  resultTypes: readonly (GoType | undefined)[];
  /** What a literal takes over from the function around it: the outer register, and its own. */
  readonly captures: { readonly from: Reg; readonly to: Reg; readonly symbol: GoSymbol }[];
  registers: number;
  /** Contains a go statement, or a literal in it does. */
  spawns: boolean;
}
