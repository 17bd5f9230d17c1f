/**
 * A shell script cut into simple commands with their words, assignments and places. It reads what CI scripts and RUN
 * lines hold, POSIX shell and bash, in one pass; it evaluates nothing.
 */

export interface ShellWord {
  /** Quotes and backslashes removed; `$NAME`, `$(…)` and `${{ … }}` as written. */
  readonly text: string;
  /** Whether part of it was in single quotes, where nothing is expanded. */
  readonly isSingleQuoted: boolean;
  readonly start: number;
  readonly end: number;
}

export interface ShellRedirect {
  readonly operator: string;
  readonly target: string;
}

export interface ShellCommand {
  readonly words: readonly ShellWord[];
  /** `NAME=value` before the first word. */
  readonly assignments: readonly { readonly name: string; readonly value: string }[];
  readonly redirects: readonly ShellRedirect[];
  readonly start: number;
  readonly end: number;
  /** Runs only in some cases: in an `if`, a loop or a function, or after `&&` or `||`. */
  readonly isConditional: boolean;
  /** Stands inside `$(…)` or backquotes of another command. */
  readonly isSubstitution: boolean;
  /** Its output goes to the next command. */
  readonly isPiped: boolean;
}

export const scriptLimits = { textChars: 1 << 18, commands: 4000, depth: 8 } as const;

interface Word {
  text: string;
  isSingleQuoted: boolean;
  start: number;
  end: number;
}

interface Draft {
  words: Word[];
  redirects: ShellRedirect[];
  pendingRedirect: string | undefined;
  start: number;
}

interface Splitting {
  readonly text: string;
  readonly base: number;
  readonly depth: number;
  readonly commands: ShellCommand[];
  position: number;
  block: number;
  isAfterOperator: boolean;
  draft: Draft;
  hereDocuments: string[];
}

const openers = new Set(["if", "while", "until", "for", "case", "select", "function"]);
const closers = new Set(["fi", "done", "esac"]);
const keywords = new Set(["then", "else", "elif", "do", "!", "{", "}", "time", "if", "while", "until"]);

/** The simple commands of `script`, in order; those of substitutions come before the command that they are part of. */
export function splitScript(script: string): readonly ShellCommand[] {
  const commands: ShellCommand[] = [];
  split(script.slice(0, scriptLimits.textChars), 0, 0, commands);
  return commands;
}

function newDraft(start: number): Draft {
  return { words: [], redirects: [], pendingRedirect: undefined, start };
}

function split(text: string, base: number, depth: number, commands: ShellCommand[]): void {
  const state: Splitting = {
    text,
    base,
    depth,
    commands,
    position: 0,
    block: 0,
    isAfterOperator: false,
    draft: newDraft(0),
    hereDocuments: [],
  };
  while (state.position < text.length && commands.length < scriptLimits.commands) step(state);
  finish(state, ";");
}

function step(state: Splitting): void {
  const { text } = state;
  const char = text[state.position] ?? "";
  if (char === "\\" && /^\\\r?\n/.test(text.slice(state.position, state.position + 3))) {
    state.position += text[state.position + 1] === "\r" ? 3 : 2;
  } else if (char === " " || char === "\t" || char === "\r") state.position++;
  else if (char === "#") skipLine(state);
  else if (char === "\n") {
    finish(state, ";");
    state.position++;
    skipHereDocuments(state);
  } else if (";&|()".includes(char)) readOperator(state, char);
  else if (/^\d*[<>]/.test(text.slice(state.position, state.position + 3))) readRedirect(state);
  else readWord(state);
}

function skipLine(state: Splitting): void {
  const end = state.text.indexOf("\n", state.position);
  state.position = end < 0 ? state.text.length : end;
}

function readOperator(state: Splitting, char: string): void {
  const two = state.text.slice(state.position, state.position + 2);
  const operator = two === "&&" || two === "||" || two === ";;" ? two : char;
  finish(state, operator);
  state.position += operator.length;
  if (operator === ";;") state.isAfterOperator = true;
}

function readRedirect(state: Splitting): void {
  const operator = /^\d*(?:<<<|<<-?|>>|>&|<&|>\||<>|[<>])/.exec(
    state.text.slice(state.position, state.position + 6),
  )?.[0];
  state.position += operator?.length ?? 1;
  state.draft.pendingRedirect = operator ?? ">";
  // A process substitution: its text is read as commands.
  if (state.text[state.position] === "(") state.draft.pendingRedirect = undefined;
}

function readWord(state: Splitting): void {
  const word: Word = { text: "", isSingleQuoted: false, start: state.position, end: state.position };
  if (state.draft.words.length === 0 && state.draft.redirects.length === 0) state.draft.start = state.position;
  while (state.position < state.text.length && readPart(state, word));
  if (state.position === word.start) state.position++;
  word.end = state.position;
  const redirect = state.draft.pendingRedirect;
  if (redirect === undefined) {
    state.draft.words.push(word);
    return;
  }
  state.draft.pendingRedirect = undefined;
  state.draft.redirects.push({ operator: redirect, target: word.text });
  if (/<<-?$/.test(redirect)) state.hereDocuments.push(word.text);
}

/** Reads the next piece of a word; false at its end. */
function readPart(state: Splitting, word: Word): boolean {
  const { text, position } = state;
  const char = text[position] ?? "";
  if (/[\s;&|()<>]/.test(char)) return false;
  if (char === "'") return readSingleQuoted(state, word);
  if (char === '"') return readDoubleQuoted(state, word);
  if (char === "\\") {
    if (text[position + 1] === "\n") return false;
    word.text += text[position + 1] ?? "";
    state.position = Math.min(position + 2, text.length);
    return true;
  }
  return readDollarOrChar(state, word, char);
}

function readSingleQuoted(state: Splitting, word: Word): boolean {
  const end = state.text.indexOf("'", state.position + 1);
  word.text += state.text.slice(state.position + 1, end < 0 ? undefined : end);
  word.isSingleQuoted = true;
  state.position = end < 0 ? state.text.length : end + 1;
  return true;
}

function readDoubleQuoted(state: Splitting, word: Word): boolean {
  state.position++;
  while (state.position < state.text.length) {
    const char = state.text[state.position] ?? "";
    if (char === '"') break;
    if (char === "\\" && /["\\$`\n]/.test(state.text[state.position + 1] ?? "")) {
      word.text += state.text[state.position + 1] ?? "";
      state.position = Math.min(state.position + 2, state.text.length);
    } else readDollarOrChar(state, word, char);
  }
  state.position = Math.min(state.position + 1, state.text.length);
  return true;
}

function readDollarOrChar(state: Splitting, word: Word, char: string): boolean {
  const end = char === "$" || char === "`" ? endOfExpansion(state.text, state.position) : state.position + 1;
  const piece = state.text.slice(state.position, end);
  const inner = /^\$\((?!\()([\s\S]*)\)$/.exec(piece)?.[1] ?? /^`([\s\S]*)`$/.exec(piece)?.[1];
  if (inner !== undefined && state.depth < scriptLimits.depth) {
    readSubstitution(state, inner, piece.startsWith("`") ? 1 : 2);
  }
  word.text += piece;
  state.position = end;
  return true;
}

function readSubstitution(state: Splitting, inner: string, skip: number): void {
  const found: ShellCommand[] = [];
  split(inner, state.base + state.position + skip, state.depth + 1, found);
  for (const command of found) state.commands.push({ ...command, isSubstitution: true });
}

/** The end of `$(…)`, `${…}`, `${{ … }}`, `$NAME` or a backquoted command that begins at `start`. */
function endOfExpansion(text: string, start: number): number {
  if (text[start] === "`") return after(text, "`", start + 1);
  if (text.startsWith("${{", start)) return after(text, "}}", start);
  if (text.startsWith("${", start)) return after(text, "}", start);
  if (!text.startsWith("$(", start)) return start + 1;
  let depth = 0;
  for (let index = start + 1; index < text.length; index++) {
    const char = text[index];
    if (char === "'" || char === '"') index = Math.max(index, after(text, char, index + 1) - 1);
    else if (char === "(") depth++;
    else if (char === ")" && --depth === 0) return index + 1;
  }
  return text.length;
}

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from);
  return found < 0 ? text.length : found + end.length;
}

function skipHereDocuments(state: Splitting): void {
  for (const end of state.hereDocuments.splice(0)) {
    while (state.position < state.text.length) {
      const lineEnd = after(state.text, "\n", state.position);
      const line = state.text.slice(state.position, lineEnd).trim();
      state.position = lineEnd;
      if (line === end) break;
    }
  }
}

function finish(state: Splitting, operator: string): void {
  const { draft } = state;
  const wasAfterOperator = state.isAfterOperator;
  state.draft = newDraft(state.position);
  const first = draft.words[0]?.text;
  if (first !== undefined && openers.has(first)) state.block++;
  const isConditional = state.block > 0 || wasAfterOperator;
  if (first !== undefined && closers.has(first)) state.block = Math.max(0, state.block - 1);
  state.isAfterOperator = operator === "||" || (operator === "&&" && wasAfterOperator);
  const words = withoutKeywords(draft.words);
  if (words.length === 0 && draft.redirects.length === 0) return;
  if (first === "for" || first === "case" || first === "select" || (first !== undefined && closers.has(first))) return;
  state.commands.push(toCommand(state, draft, words, isConditional, operator));
}

function withoutKeywords(words: readonly Word[]): readonly Word[] {
  const first = words.findIndex((word) => !keywords.has(word.text));
  return first < 0 ? [] : words.slice(first);
}

function toCommand(
  state: Splitting,
  draft: Draft,
  words: readonly Word[],
  isConditional: boolean,
  operator: string,
): ShellCommand {
  const firstWord = words.findIndex((word) => !isAssignment(word.text));
  const cut = firstWord < 0 ? words.length : firstWord;
  const move = (word: Word): ShellWord => ({ ...word, start: word.start + state.base, end: word.end + state.base });
  const start = words[0]?.start ?? draft.start;
  return {
    words: words.slice(cut).map(move),
    assignments: words.slice(0, cut).map((word) => {
      const at = word.text.indexOf("=");
      return { name: word.text.slice(0, at).replace(/\+$/, ""), value: word.text.slice(at + 1) };
    }),
    redirects: draft.redirects,
    start: start + state.base,
    end: (words.at(-1)?.end ?? start) + state.base,
    isConditional,
    isSubstitution: false,
    isPiped: operator === "|",
  };
}

function isAssignment(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(text);
}
