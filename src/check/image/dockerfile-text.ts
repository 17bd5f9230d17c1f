/** A Dockerfile's text as instructions with places. The package finds them; this turns its answers into offsets. */

import { DockerfileParser, Onbuild } from "dockerfile-ast";
import type { Instruction, ParserDirective } from "dockerfile-ast";

import type { Span } from "../shell/shell-command.ts";
import type { SourceText } from "../source-text.ts";
import type { Pair, Piece } from "./model.ts";

export interface RawFlag extends Span {
  readonly name: string;
  readonly value: string;
  readonly valueSpan: Span;
}

export interface RawInstruction extends Span {
  /** In capitals. */
  readonly keyword: string;
  readonly keywordEnd: number;
  readonly isTrigger: boolean;
  readonly flags: readonly RawFlag[];
  /** Words after the flags, quotes kept. */
  readonly words: readonly Piece[];
  /** From the first word to the end, here-documents included. */
  readonly rest: Span;
  readonly pairs: readonly Pair[];
  /** The words of the JSON form, without quotes. */
  readonly json: readonly Piece[] | undefined;
}

export interface RawDockerfile {
  readonly directives: ReadonlyMap<string, string>;
  readonly instructions: readonly RawInstruction[];
}

export const dockerfileLimits = { textChars: 1 << 17 } as const;

type PackageRange = { readonly start: PackagePosition; readonly end: PackagePosition };
type PackagePosition = { readonly line: number; readonly character: number };
type Convert = (range: PackageRange) => Span;

/** Reads the text. Throws what the package throws on text that it cannot take. */
export function readDockerfileText(source: SourceText): RawDockerfile {
  const parsed = DockerfileParser.parse(source.text);
  const offset = ({ line, character }: PackagePosition): number => (source.lineStarts[line] ?? 0) + character;
  const convert: Convert = ({ start, end }) => ({ start: offset(start), end: offset(end) });
  const directives = parsed.getDirectives().map(directiveEntry);
  const instructions = parsed.getInstructions().flatMap((one) => readInstruction(source.text, one, convert, false));
  return { directives: new Map(directives), instructions };
}

function directiveEntry(directive: ParserDirective): [string, string] {
  return [directive.getName().toLowerCase(), directive.getValue()];
}

function readInstruction(
  text: string,
  instruction: Instruction,
  convert: Convert,
  isTrigger: boolean,
): readonly RawInstruction[] {
  if (instruction instanceof Onbuild) {
    const trigger = instruction.getTriggerInstruction();
    return trigger === null || isTrigger ? [] : readInstruction(text, trigger, convert, true);
  }
  const span = convert(instruction.getRange());
  const keywordEnd = convert(instruction.getInstructionRange()).end;
  const flags = readFlags(instruction, convert);
  const words = instruction.getArguments().map((word) => ({ text: word.getValue(), ...convert(word.getRange()) }));
  const begin = restStart(text, flags.at(-1)?.end ?? keywordEnd);
  const pairs = readPairs(instruction, convert);
  const rest = { start: begin, end: span.end };
  const json = readJson(text, rest);
  return [{ keyword: instruction.getKeyword(), keywordEnd, isTrigger, flags, words, rest, pairs, json, ...span }];
}

/** The package's first word is wrong behind a comment with a backslash in it, so blanks and comments are skipped here. */
function restStart(text: string, flagsEnd: number): number {
  const blanks = /(?:[ \t]|\\[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*)*/y;
  blanks.lastIndex = flagsEnd;
  blanks.exec(text);
  return Math.max(flagsEnd, blanks.lastIndex);
}

interface WithFlags {
  getFlags(): readonly {
    getName(): string;
    getValue(): string | null;
    getRange(): PackageRange;
    getValueRange(): PackageRange | null;
  }[];
}

function readFlags(instruction: Instruction, convert: Convert): RawFlag[] {
  if (!("getFlags" in instruction)) return [];
  return (instruction as unknown as WithFlags).getFlags().map((flag) => {
    const range = flag.getRange();
    const span = convert(range);
    return {
      name: flag.getName(),
      value: flag.getValue() ?? "",
      valueSpan: convert(flag.getValueRange() ?? range),
      ...span,
    };
  });
}

interface WithProperties {
  getProperties(): readonly {
    getName(): string;
    getValue(): string | null;
    getRange(): PackageRange;
    getValueRange(): PackageRange | null;
  }[];
}

function readPairs(instruction: Instruction, convert: Convert): Pair[] {
  if (!("getProperties" in instruction)) return [];
  return (instruction as unknown as WithProperties).getProperties().map((property) => {
    const value = property.getValue();
    const range = property.getValueRange();
    return {
      name: property.getName(),
      ...(value === null ? {} : { value }),
      ...(range === null ? {} : { valueSpan: convert(range) }),
      ...convert(property.getRange()),
    };
  });
}

/** `["go", "build"]` as words; the offsets are those of the letters between the quotes. */
function readJson(text: string, { start, end }: Span): readonly Piece[] | undefined {
  const written = text.slice(start, end).trim();
  if (!written.startsWith("[") || !written.endsWith("]")) return undefined;
  try {
    const parsed: unknown = JSON.parse(written);
    if (!Array.isArray(parsed) || !parsed.every((word) => typeof word === "string")) return undefined;
  } catch {
    // Docker takes what is no JSON for shell, and so does this.
    return undefined;
  }
  const words = written.matchAll(/"((?:[^"\\]|\\.)*)"/g);
  const base = text.indexOf("[", start);
  return Array.from(words, (match) => {
    const from = base + match.index + 1;
    return { text: JSON.parse(match[0]) as string, start: from, end: from + (match[1]?.length ?? 0) };
  });
}
