/**
 * Splits a shell script, POSIX and as much of bash as scripts of CI use, into simple commands with their places. Control flow
 * is flattened: both branches of an `if` are commands. It is no shell: aliases, functions called by name and `eval` are not
 * followed.
 */

import type { Redirection, ShellAssignment, ShellCommand, ShellScript, ShellWord, Span } from "./shell-command.ts";
import { readWord } from "./word-reader.ts";

const maxCommands = 5_000;
const maxDepth = 8;
const keywords = new Set("if then elif else fi while until do done esac ! { } time".split(" "));
/** "some": what is in it runs in some cases only, or more than once. "pattern": what a branch of a `case` is for. */
type Block = "all" | "some" | "pattern" | "(";
const openers: ReadonlyMap<string, Block> = new Map([
  ["if", "some"],
  ["while", "some"],
  ["until", "some"],
  ["for", "some"],
  ["select", "some"],
  ["case", "pattern"],
]);
const closers = new Set("fi done esac }".split(" "));
/** A line that begins so names what a loop or function is; it runs nothing. */
const headers = new Set("for select function".split(" "));
const assignmentPattern = /^([A-Za-z_]\w*)\+?=/;

interface Splitting {
  readonly source: string;
  readonly base: number;
  readonly depth: number;
  readonly commands: ShellCommand[];
  position: number;
  before: string;
  problem: string | undefined;
  /** Here-documents whose text begins after the next line end. */
  waiting: { target: string; end: number }[];
  /** Around what comes next, the innermost last. */
  readonly blocks: Block[];
  /** After `||`, or `&&` behind one. */
  isAlternative: boolean;
}

interface Command {
  readonly assignments: ShellAssignment[];
  readonly words: ShellWord[];
  readonly redirections: Redirection[];
}

/** Splits `source`; `base` is added to each offset. */
export function splitShell(source: string, base = 0): ShellScript {
  const commands: ShellCommand[] = [];
  const problem = splitPart(source, { start: 0, end: source.length }, base, 0, commands);
  return { commands, ...(problem === undefined ? {} : { problem }) };
}

function splitPart(
  whole: string,
  part: Span,
  base: number,
  depth: number,
  commands: ShellCommand[],
): string | undefined {
  if (depth > maxDepth) return `command substitutions are nested more than ${maxDepth} deep`;
  const source = part.end === whole.length ? whole : whole.slice(0, part.end);
  const position = part.start;
  const splitting: Splitting = {
    source,
    base,
    depth,
    commands,
    position,
    before: "",
    problem: undefined,
    waiting: [],
    blocks: [],
    isAlternative: false,
  };
  while (splitting.position < source.length) {
    if (commands.length >= maxCommands) return `there are more than ${maxCommands} commands`;
    readCommand(splitting);
  }
  return splitting.problem;
}

function readCommand(splitting: Splitting): void {
  const command: Command = { assignments: [], words: [], redirections: [] };
  let after = "";
  while (after === "") {
    skipBlanks(splitting);
    if (splitting.position >= splitting.source.length) break;
    if (takeRedirection(splitting, command)) continue;
    after = takeOperator(splitting);
    if (after === "") takeWord(splitting, command);
  }
  finish(splitting, command, after);
}

function skipBlanks(splitting: Splitting): void {
  const { source } = splitting;
  for (;;) {
    const blanks = /(?:[ \t\r]|\\\r?\n)+/y;
    blanks.lastIndex = splitting.position;
    if (blanks.test(source)) splitting.position = blanks.lastIndex;
    if (source[splitting.position] !== "#") return;
    const lineEnd = source.indexOf("\n", splitting.position);
    splitting.position = lineEnd === -1 ? source.length : lineEnd;
  }
}

function takeOperator(splitting: Splitting): string {
  const pattern = /&&|\|\||;;|[;&|()\n]/y;
  pattern.lastIndex = splitting.position;
  const operator = pattern.exec(splitting.source)?.[0] ?? "";
  splitting.position += operator.length;
  if (operator === "\n") takeHereDocuments(splitting);
  return operator;
}

function takeHereDocuments(splitting: Splitting): void {
  const { source } = splitting;
  for (const document of splitting.waiting) {
    const name = document.target;
    const begin = splitting.position;
    let lineStart = begin;
    let lineEnd = endOfLine(source, lineStart);
    while (lineEnd < source.length && source.slice(lineStart, lineEnd).trim() !== name) {
      lineStart = lineEnd + 1;
      lineEnd = endOfLine(source, lineStart);
    }
    document.target = source.slice(begin, lineStart);
    splitting.position = Math.min(lineEnd + 1, source.length);
  }
  splitting.waiting = [];
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf("\n", from);
  return end === -1 ? source.length : end;
}

function takeRedirection(splitting: Splitting, command: Command): boolean {
  const pattern = /\d*(?:<<<|<<-?|>>|>\||<>|[<>]&|&>>?|[<>])/y;
  pattern.lastIndex = splitting.position;
  const found = pattern.exec(splitting.source)?.[0];
  if (found === undefined) return false;
  const start = splitting.base + splitting.position;
  splitting.position += found.length;
  skipBlanks(splitting);
  const target = readWordAt(splitting)?.text ?? "";
  const operator = found.replace(/^\d+/, "");
  const redirection = { operator, target, start, end: splitting.base + splitting.position };
  command.redirections.push(redirection);
  if (/^<<-?$/.test(operator)) splitting.waiting.push(redirection);
  return true;
}

function takeWord(splitting: Splitting, command: Command): void {
  const word = readWordAt(splitting);
  if (word === undefined) {
    splitting.position += 1;
    return;
  }
  const assignment = command.words.length === 0 ? assignmentPattern.exec(word.raw) : null;
  if (assignment !== null) {
    const [written, name = ""] = assignment;
    const { start, end, isExpanded, text } = word;
    command.assignments.push({ name, value: text.slice(written.length), start, end, isExpanded });
  } else if (command.words[0]?.raw === "function" && word.raw === "{") {
    splitting.blocks.push("some");
    command.words.splice(0);
  } else if (command.words.length > 0 || !takeKeyword(splitting, word.raw)) command.words.push(word);
}

/** Whether the first word of a command belongs to the script's structure; a loop's or choice's header stays a word. */
function takeKeyword({ blocks, before }: Splitting, word: string): boolean {
  const opened = openers.get(word);
  if (opened !== undefined) blocks.push(opened);
  // Braces after `name()` are a function's.
  else if (word === "{") blocks.push(before === ")" || before === "function" ? "some" : "all");
  else if (closers.has(word)) blocks.pop();
  return keywords.has(word);
}

/** Reads a word and the commands of its substitutions, which come first, as they do in a shell. */
function readWordAt(splitting: Splitting): ShellWord | undefined {
  const { source, base, depth, commands } = splitting;
  const { word, substitutions, problem } = readWord(source, splitting.position);
  if (word.end === splitting.position) return undefined;
  splitting.position = word.end;
  splitting.problem ??= problem;
  for (const part of substitutions) {
    const inner = splitPart(source, part, base, depth + 1, commands);
    splitting.problem ??= inner;
  }
  return { ...word, start: word.start + base, end: word.end + base };
}

function finish(splitting: Splitting, command: Command, after: string): void {
  const { assignments, words, redirections } = command;
  const { before, depth, blocks } = splitting;
  const isConditional = splitting.isAlternative || blocks.some((block) => block === "some" || block === "pattern");
  // `name (` declares a function.
  const isDeclaration = after === "(" && words.length === 1 && redirections.length === 0;
  const runs = blocks.at(-1) !== "pattern" && !isDeclaration && !headers.has(words[0]?.raw ?? "");
  const pieces: readonly Span[] = [...assignments, ...words, ...redirections];
  splitting.isAlternative = after === "||" || (after === "&&" && splitting.isAlternative);
  if (words[0]?.raw === "function") splitting.before = "function";
  else if (pieces.length > 0 || (after !== "" && after !== "\n")) splitting.before = after;
  follow(blocks, after);
  if (pieces.length === 0 || !runs) return;
  const start = pieces.reduce((least, piece) => Math.min(least, piece.start), Infinity);
  const end = pieces.reduce((most, piece) => Math.max(most, piece.end), 0);
  splitting.commands.push({ assignments, words, redirections, before, after, start, end, depth, isConditional });
}

/** What an operator opens, closes or begins. A branch of a `case` runs in some cases only. */
function follow(blocks: Block[], operator: string): void {
  const last = blocks.at(-1);
  if (operator === "(") blocks.push("(");
  else if (operator === ")" && last === "(") blocks.pop();
  else if (operator === ")" && last === "pattern") blocks.splice(-1, 1, "some");
  else if (operator === ";;" && last === "some") blocks.splice(-1, 1, "pattern");
}
