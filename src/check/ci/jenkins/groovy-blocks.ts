/**
 * The Groovy of Jenkinsfiles as nested statements: a head, and perhaps a block in braces. Strings and comments are
 * understood, so that braces in them do not count; expressions are left as text.
 *
 * A reader of its own, because pipelines are blocks in blocks: tree-sitter's grammar for Groovy fails on 26 of 293 valid
 * Jenkinsfiles, 11 of them for an empty string, and is one megabyte.
 */

export interface GroovyStatement {
  /** Up to the brace or the end of the statement, without blanks around it. */
  readonly head: string;
  readonly start: number;
  readonly end: number;
  readonly block: readonly GroovyStatement[] | undefined;
}

export interface GroovyFile {
  readonly statements: readonly GroovyStatement[];
  /** Where the reader lost its way; undefined when it did not. */
  readonly problem: number | undefined;
}

export interface GroovyString {
  readonly text: string;
  /** Whether Groovy puts values into it before anybody else sees it. */
  readonly isInterpolated: boolean;
  /** Of its first letter, relative to the searched text. */
  readonly start: number;
}

export const groovyLimits = { textChars: 1 << 19, statements: 20_000, depth: 40 } as const;

interface Reading {
  readonly text: string;
  at: number;
  statements: number;
  problem: number | undefined;
}

export function readGroovy(text: string): GroovyFile {
  if (text.length > groovyLimits.textChars) return { statements: [], problem: 0 };
  const reading: Reading = { text, at: 0, statements: 0, problem: undefined };
  const statements = readBlock(reading, 0);
  if (reading.at < text.length) reading.problem ??= reading.at;
  return { statements, problem: reading.problem };
}

/** Statements up to the closing brace, which is left standing. */
function readBlock(reading: Reading, depth: number): readonly GroovyStatement[] {
  const found: GroovyStatement[] = [];
  if (depth > groovyLimits.depth) {
    reading.problem ??= reading.at;
    reading.at = reading.text.length;
  }
  while (reading.at < reading.text.length && reading.text[reading.at] !== "}") {
    if (++reading.statements > groovyLimits.statements) {
      reading.problem ??= reading.at;
      reading.at = reading.text.length;
      break;
    }
    const statement = readStatement(reading, depth);
    if (statement !== undefined) found.push(statement);
  }
  return found;
}

function readStatement(reading: Reading, depth: number): GroovyStatement | undefined {
  const { text } = reading;
  skipBlanks(reading);
  const start = reading.at;
  let nested = 0;
  while (reading.at < text.length) {
    const char = text[reading.at] ?? "";
    if (skipComment(reading) || skipString(reading)) continue;
    if (char === "(" || char === "[") nested++;
    else if (char === ")" || char === "]") nested = Math.max(0, nested - 1);
    else if (char === "{" && nested === 0) return readBraces(reading, start, depth);
    else if (char === "{") nested++;
    else if (char === "}" && nested > 0) nested--;
    else if (char === "}" || ((char === "\n" || char === ";") && nested === 0)) break;
    reading.at++;
  }
  reading.at = Math.min(reading.at, text.length);
  const end = reading.at;
  if (text[reading.at] !== "}") reading.at = Math.min(reading.at + 1, text.length);
  const head = text.slice(start, end).trim();
  return head === "" ? undefined : { head, start, end: start + head.length, block: undefined };
}

function readBraces(reading: Reading, start: number, depth: number): GroovyStatement {
  const head = reading.text.slice(start, reading.at).trim();
  reading.at++;
  const block = readBlock(reading, depth + 1);
  if (reading.text[reading.at] === "}") reading.at++;
  else reading.problem ??= start;
  return { head, start, end: reading.at, block };
}

function skipBlanks(reading: Reading): void {
  while (reading.at < reading.text.length) {
    if (/[\s;]/.test(reading.text[reading.at] ?? "")) reading.at++;
    else if (!skipComment(reading)) return;
  }
}

function skipComment(reading: Reading): boolean {
  const { text, at } = reading;
  if (text.startsWith("//", at) || (at === 0 && text.startsWith("#!"))) reading.at = endOf(text, "\n", at, 0);
  else if (text.startsWith("/*", at)) reading.at = endOf(text, "*/", at + 2, 2);
  else return false;
  return true;
}

function endOf(text: string, end: string, from: number, length: number): number {
  const found = text.indexOf(end, from);
  return found < 0 ? text.length : found + length;
}

function skipString(reading: Reading): boolean {
  const quote = quoteAt(reading.text, reading.at);
  if (quote === undefined) return false;
  reading.at = stringEnd(reading.text, reading.at + quote.length, quote);
  return true;
}

function quoteAt(text: string, at: number): string | undefined {
  const char = text[at];
  if (char !== "'" && char !== '"') return undefined;
  return text.startsWith(char.repeat(3), at) ? char.repeat(3) : char;
}

/** After the closing quote; a string on one line ends with the line whatever it lacks. */
function stringEnd(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text.startsWith(quote, at)) return at + quote.length;
    else if (quote.length === 1 && text[at] === "\n") return at;
  }
  return text.length;
}

/** The first string of a statement's head, or the one after `name:`. */
export function stringIn(head: string, name?: string): GroovyString | undefined {
  const from = name === undefined ? 0 : new RegExp(`\\b${name}\\s*:\\s*`).exec(head)?.index;
  if (from === undefined) return undefined;
  for (let at = from; at < head.length; at++) {
    const quote = quoteAt(head, at);
    if (quote === undefined) continue;
    const end = stringEnd(head, at + quote.length, quote);
    const raw = head.slice(at + quote.length, head.endsWith(quote, end) ? end - quote.length : end);
    return { text: unescape(raw), isInterpolated: quote.startsWith('"'), start: at + quote.length };
  }
  return undefined;
}

function unescape(raw: string): string {
  return raw.replace(/\\([\s\S])/g, (whole, char: string) => {
    if (char === "n") return "\n";
    if (char === "t") return "\t";
    if (char === "\n") return whole;
    return /[\\'"$]/.test(char) ? char : whole;
  });
}

/** Every string of a head. */
export function stringsIn(head: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < head.length && found.length < 200; at++) {
    const quote = quoteAt(head, at);
    if (quote === undefined) continue;
    const end = stringEnd(head, at + quote.length, quote);
    found.push(unescape(head.slice(at + quote.length, end - quote.length)));
    at = end - 1;
  }
  return found;
}
