/** The state of lowering one function: its registers, its scopes of variables, where break and continue lead. */

import type { Fields, FuncCode, Instr, OpName, Operand, Reg } from "../code.ts";
import type { GoPackage } from "../../program.ts";
import type { GoSymbol } from "../../symbols.ts";
import type { NodeId } from "../../tree.ts";

/** Where break and continue lead: positions in the code that jump there, to be filled in. */
export interface JumpTarget {
  readonly label: string | undefined;
  readonly breaks: number[];
  /** `undefined` for switch and select. */
  readonly continues: number[] | undefined;
}

/** Syntax nests in a circle, imports must not: what lowers a part reaches the whole through this. */
export interface Visit {
  readonly operand: (l: Lowering, node: NodeId) => Operand;
  readonly statement: (l: Lowering, node: NodeId) => void;
  readonly literal: (outer: Lowering, literal: NodeId) => FuncCode;
}

export interface Lowering {
  readonly pkg: GoPackage;
  readonly func: FuncCode;
  readonly outer: Lowering | undefined;
  readonly variables: Map<GoSymbol, Reg>;
  readonly targets: JumpTarget[];
  readonly labels: Map<string, number>;
  readonly gotos: { readonly at: number; readonly label: string }[];
  /** Variables that only this function's own code reads and writes, never by address. */
  readonly own: ReadonlySet<GoSymbol>;
  /** The label of the statement that comes next. */
  pendingLabel: string | undefined;
  readonly visit: Visit;
}

export function register(lowering: Lowering): Reg {
  return lowering.func.registers++;
}

/** Adds an instruction and returns its position. */
export function emit<K extends OpName>(lowering: Lowering, op: K, node: NodeId, rest: Fields<K>): number {
  lowering.func.code.push({ op, node, ...rest } as unknown as Instr);
  return lowering.func.code.length - 1;
}

export function here(lowering: Lowering): number {
  return lowering.func.code.length;
}

/** Lets a jump or branch that was emitted before lead to `target`, by default to what comes next. */
export function patch(lowering: Lowering, at: number, target = here(lowering)): void {
  const instruction = lowering.func.code[at];
  if (instruction !== undefined && "target" in instruction) instruction.target = target;
}

export function patchAll(lowering: Lowering, positions: readonly number[], target = here(lowering)): void {
  for (const at of positions) patch(lowering, at, target);
}

/** The register with a variable's place; taken over from the functions around as captured. `undefined` for globals. */
function variable(lowering: Lowering, symbol: GoSymbol): Reg | undefined {
  const own = lowering.variables.get(symbol);
  if (own !== undefined) return own;
  if (lowering.outer === undefined) return undefined;
  const from = variable(lowering.outer, symbol);
  if (from === undefined) return undefined;
  const to = register(lowering);
  lowering.func.captures.push({ from, to, symbol });
  lowering.variables.set(symbol, to);
  return to;
}

function constant(lowering: Lowering, node: NodeId, known: string | number | boolean | undefined): Reg {
  const to = register(lowering);
  emit(lowering, "const", node, { to, value: known });
  return to;
}

/** A place, if the expression has one, and else its value. Reads what leads to the place, not the place. */
export function operand(l: Lowering, node: NodeId): Operand {
  return l.visit.operand(l, node);
}

/** The value of an expression. */
export function value(l: Lowering, node: NodeId): Reg {
  const known = l.pkg.constant(node);
  if (known !== undefined) return constant(l, node, typeof known === "bigint" ? Number(known) : known);
  return loaded(l, node, operand(l, node));
}

/** The value of an operand: read now, if it is a place. */
export function loaded(l: Lowering, node: NodeId, { reg, isPlace }: Operand): Reg {
  if (!isPlace) return reg;
  const to = register(l);
  emit(l, "load", node, { to, place: reg, ok: -1 });
  return to;
}

/** Some value of the expression's type. */
export function unknown(l: Lowering, node: NodeId): Reg {
  const to = register(l);
  emit(l, "unknown", node, { to, type: l.pkg.typeOf(node) });
  return to;
}

/** The place of a variable, of this function, one around it, or the package. */
export function variableOperand(l: Lowering, node: NodeId, symbol: GoSymbol): Operand {
  const known = variable(l, symbol);
  if (known !== undefined) return { reg: known, isPlace: true };
  const to = register(l);
  if (symbol.scope === "package") {
    emit(l, "global", node, { to, symbol });
    return { reg: to, isPlace: true };
  }
  emit(l, "unknown", node, { to, type: symbol.type });
  return { reg: to, isPlace: false };
}

export function statement(l: Lowering, node: NodeId): void {
  l.visit.statement(l, node);
}

export function block(l: Lowering, statements: readonly NodeId[]): void {
  for (const node of statements) statement(l, node);
}
