/**
 * The part of HCL that Bake files are written in: blocks with labels, attributes, strings, lists, objects. What needs an
 * evaluator (functions, conditions, `for`) has no value here; whoever asks is told that it is not known.
 */

import type { Span } from "../shell/shell-command.ts";

export interface HclValue extends Span {
  /** A string with its `${…}` as written, or a number or word. Absent for what is no literal. */
  readonly text?: string;
  readonly items?: readonly HclValue[];
  readonly entries?: ReadonlyMap<string, HclValue>;
}

export interface HclBlock extends Span {
  readonly type: string;
  readonly labels: readonly string[];
  readonly attributes: ReadonlyMap<string, HclValue>;
}

export interface HclFile {
  readonly blocks: readonly HclBlock[];
  /** Where reading stopped, if not at the end. */
  readonly problem?: { readonly offset: number; readonly reason: string };
}

const limits = { blocks: 2_000, depth: 20, values: 50_000 } as const;

interface Reading {
  readonly text: string;
  position: number;
  depth: number;
  values: number;
}

class HclProblem extends Error {}

/** Reads the blocks of a file up to the first thing that is not understood. */
export function readHcl(text: string): HclFile {
  const reading: Reading = { text, position: 0, depth: 0, values: 0 };
  const blocks: HclBlock[] = [];
  try {
    for (skip(reading); reading.position < text.length; skip(reading)) {
      if (blocks.length >= limits.blocks) throw new HclProblem(`more than ${limits.blocks} blocks`);
      blocks.push(...readTop(reading));
    }
    return { blocks };
  } catch (cause) {
    if (!(cause instanceof HclProblem)) throw cause;
    return { blocks, problem: { offset: reading.position, reason: cause.message } };
  }
}

/** Blanks, line ends and comments. */
function skip(reading: Reading, withLines = true): void {
  const pattern = withLines
    ? /(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
    : /(?:[ \t\r]+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
  pattern.lastIndex = reading.position;
  pattern.exec(reading.text);
  reading.position = pattern.lastIndex;
}

function take(reading: Reading, pattern: RegExp): string | undefined {
  pattern.lastIndex = reading.position;
  const found = pattern.exec(reading.text)?.[0];
  if (found !== undefined) reading.position += found.length;
  return found;
}

function readTop(reading: Reading): HclBlock[] {
  const start = reading.position;
  const type = take(reading, /[A-Za-z_][\w-]*/y);
  if (type === undefined) throw new HclProblem("neither a block nor an attribute begins here");
  const labels: string[] = [];
  for (;;) {
    skip(reading, false);
    const label = take(reading, /"[^"\n]*"|[A-Za-z_][\w-]*/y);
    if (label === undefined) break;
    labels.push(label.replaceAll('"', ""));
  }
  if (take(reading, /=/y) !== undefined) {
    readValue(reading);
    return [];
  }
  if (take(reading, /\{/y) === undefined) throw new HclProblem(`${type} is followed by neither = nor {`);
  const attributes = readBody(reading);
  return [{ type, labels, attributes, start, end: reading.position }];
}

/** The attributes of a block whose `{` was read. Blocks inside it are read over. */
function readBody(reading: Reading): Map<string, HclValue> {
  const attributes = new Map<string, HclValue>();
  deeper(reading);
  for (;;) {
    skip(reading);
    if (take(reading, /\}/y) !== undefined) break;
    const name = take(reading, /"[^"\n]*"|[A-Za-z_][\w.-]*/y)?.replaceAll('"', "");
    if (name === undefined) throw new HclProblem("the block is not closed");
    skip(reading, false);
    if (take(reading, /[=:]/y) !== undefined) attributes.set(name, readValue(reading));
    else {
      take(reading, /(?:"[^"\n]*"[ \t]*)*/y);
      if (take(reading, /\{/y) === undefined) throw new HclProblem(`${name} is followed by neither = nor {`);
      readBody(reading);
    }
    skip(reading);
    take(reading, /,/y);
  }
  reading.depth -= 1;
  return attributes;
}

function deeper(reading: Reading): void {
  reading.depth += 1;
  if (reading.depth > limits.depth) throw new HclProblem(`nested more than ${limits.depth} deep`);
}

function readValue(reading: Reading): HclValue {
  skip(reading, false);
  const start = reading.position;
  reading.values += 1;
  if (reading.values > limits.values) throw new HclProblem(`more than ${limits.values} values`);
  const value = readOperand(reading);
  const end = reading.position;
  // What follows an operand makes an expression of it, which is not evaluated.
  const isWhole = readOver(reading) === "";
  return isWhole ? { ...value, start, end } : { start, end: reading.position };
}

function readOperand(reading: Reading): Omit<HclValue, "start" | "end"> {
  const string = take(reading, /"(?:[^"\\\n]|\\.|\$\{(?:[^{}"]|"[^"\n]*")*\})*"/y);
  if (string !== undefined) return { text: string.slice(1, -1).replaceAll('\\"', '"').replaceAll("\\\\", "\\") };
  if (take(reading, /\[/y) !== undefined) return { items: readItems(reading) };
  if (take(reading, /\{/y) !== undefined) return { entries: readBody(reading) };
  const word = take(reading, /-?[\d.]+|true\b|false\b|null\b/y);
  return word === undefined ? {} : { text: word };
}

function readItems(reading: Reading): HclValue[] {
  const items: HclValue[] = [];
  deeper(reading);
  for (;;) {
    skip(reading);
    if (take(reading, /\]/y) !== undefined) break;
    if (reading.position >= reading.text.length) throw new HclProblem("the list is not closed");
    items.push(readValue(reading));
    skip(reading);
    take(reading, /,/y);
  }
  reading.depth -= 1;
  return items;
}

/** Reads over the rest of an expression: up to a line end, comma or closing bracket outside of brackets and strings. */
function readOver(reading: Reading): string {
  const start = reading.position;
  let open = 0;
  for (; reading.position < reading.text.length; reading.position += 1) {
    const letter = reading.text[reading.position] ?? "";
    if (letter === '"') {
      take(reading, /"(?:[^"\\\n]|\\.)*/y);
      if (reading.text[reading.position] !== '"') throw new HclProblem('a " is not closed');
    } else if ("([{".includes(letter)) open += 1;
    else if (open > 0 && ")]}".includes(letter)) open -= 1;
    else if (open === 0 && /[\n,\]})#]/.test(letter)) break;
  }
  return reading.text.slice(start, reading.position).trim();
}
