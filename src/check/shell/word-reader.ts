/** Reads one word of a shell script: quotes, escapes and expansions. */

import type { ShellWord, Span } from "./shell-command.ts";

export interface ReadWord {
  readonly word: ShellWord;
  /** Where the scripts of its command substitutions begin and end. */
  readonly substitutions: readonly Span[];
  /** Set when a quote or bracket is not closed. */
  readonly problem?: string;
}

const wordEnd = /[\s;&|()<>]/;

interface Reading {
  readonly source: string;
  position: number;
  text: string;
  isExpanded: boolean;
  problem: string | undefined;
  readonly substitutions: Span[];
}

/** Reads the word that begins at `start`. Offsets in the answer are those of `source`. */
export function readWord(source: string, start: number): ReadWord {
  const reading: Reading = {
    source,
    position: start,
    text: "",
    isExpanded: false,
    problem: undefined,
    substitutions: [],
  };
  while (reading.position < source.length && !wordEnd.test(source[reading.position] ?? "")) takePiece(reading, false);
  const { position, text, isExpanded, substitutions, problem } = reading;
  const end = Math.min(position, source.length);
  const word = { text, raw: source.slice(start, end), start, end, isExpanded };
  return { word, substitutions, ...(problem === undefined ? {} : { problem }) };
}

function takePiece(reading: Reading, isQuoted: boolean): void {
  const { source, position } = reading;
  const letter = source[position] ?? "";
  if (letter === "\\") takeEscape(reading, isQuoted);
  else if (letter === "'" && !isQuoted) takeSingleQuotes(reading);
  else if (letter === '"' && !isQuoted) takeDoubleQuotes(reading);
  else if (letter === "`") takeBackquotes(reading);
  else if (letter === "$") takeExpansion(reading);
  else {
    reading.text += letter;
    reading.position += 1;
  }
}

function takeEscape(reading: Reading, isQuoted: boolean): void {
  const next = reading.source[reading.position + 1] ?? "";
  const isLineEnd = next === "\n" || (next === "\r" && reading.source[reading.position + 2] === "\n");
  if (isLineEnd) {
    reading.position += next === "\n" ? 2 : 3;
    return;
  }
  reading.text += isQuoted && !'$`"\\'.includes(next) ? `\\${next}` : next;
  reading.position += 2;
}

function takeSingleQuotes(reading: Reading): void {
  const end = reading.source.indexOf("'", reading.position + 1);
  if (end === -1) {
    takeRest(reading, "a ' is not closed");
    return;
  }
  reading.text += reading.source.slice(reading.position + 1, end);
  reading.position = end + 1;
}

function takeDoubleQuotes(reading: Reading): void {
  reading.position += 1;
  while (reading.position < reading.source.length && reading.source[reading.position] !== '"') takePiece(reading, true);
  if (reading.position >= reading.source.length) reading.problem ??= 'a " is not closed';
  reading.position += 1;
}

function takeBackquotes(reading: Reading): void {
  const end = reading.source.indexOf("`", reading.position + 1);
  if (end === -1) {
    takeRest(reading, "a ` is not closed");
    return;
  }
  reading.substitutions.push({ start: reading.position + 1, end });
  takeThrough(reading, end + 1);
}

function takeExpansion(reading: Reading): void {
  const { source, position } = reading;
  const next = source[position + 1] ?? "";
  if (next === "(" || next === "{") {
    takeBracket(reading, next);
    return;
  }
  const name = /^\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])/.exec(source.slice(position, position + 256))?.[0];
  if (name !== undefined) {
    takeThrough(reading, position + name.length);
    return;
  }
  reading.text += "$";
  reading.position += 1;
}

function takeBracket(reading: Reading, opening: "(" | "{"): void {
  const { source, position } = reading;
  const end = closingBracket(source, position + 1, opening, opening === "(" ? ")" : "}");
  if (end === undefined) {
    takeRest(reading, `a $${opening} is not closed`);
    return;
  }
  // `$((1 + 2))` is arithmetic and holds no command.
  const isCommand = opening === "(" && source[position + 2] !== "(";
  if (isCommand) reading.substitutions.push({ start: position + 2, end });
  takeThrough(reading, end + 1);
}

/** Where the bracket that opens at `open` is closed, by counting; quotes inside are respected. */
function closingBracket(source: string, open: number, opening: string, closing: string): number | undefined {
  let depth = 0;
  let quote = "";
  for (let at = open; at < source.length; at += 1) {
    const letter = source[at] ?? "";
    if (letter === "\\" && quote !== "'") at += 1;
    else if (quote !== "") quote = letter === quote ? "" : quote;
    else if (letter === "'" || letter === '"') quote = letter;
    else if (letter === opening) depth += 1;
    else if (letter === closing) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return undefined;
}

function takeThrough(reading: Reading, end: number): void {
  reading.text += reading.source.slice(reading.position, end);
  reading.position = end;
  reading.isExpanded = true;
}

function takeRest(reading: Reading, problem: string): void {
  reading.text += reading.source.slice(reading.position);
  reading.position = reading.source.length;
  reading.problem ??= problem;
}
