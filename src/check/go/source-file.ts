/** A source file of the model: its text, its lines, its comments and what its header says. */

import type { GoComment, GoFile } from "./program.ts";
import { Scanner } from "./syntax/scanner.ts";
import { Token } from "./syntax/token.ts";
import type { NodeId } from "./tree.ts";

export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export class SourceFile implements GoFile {
  readonly path: string;
  readonly node: NodeId;
  readonly text: string;
  readonly goVersion: string;
  readonly buildConstraint: string;
  readonly isGenerated: boolean;
  #lineStarts: Uint32Array | undefined;
  #comments: readonly GoComment[] | undefined;

  constructor(source: SourceText, node: NodeId, moduleGoVersion: string) {
    this.path = source.path;
    this.text = source.text;
    this.node = node;
    const header = headerOf(source.text);
    this.buildConstraint = /^\/\/go:build (.*)$/m.exec(header)?.[1]?.trim() ?? "";
    this.isGenerated = /^\/\/ Code generated .* DO NOT EDIT\.\r?$/m.test(header);
    this.goVersion = fileVersion(this.buildConstraint) ?? moduleGoVersion;
  }

  get isTest(): boolean {
    return this.path.endsWith("_test.go");
  }

  get usesCgo(): boolean {
    return /^import\s+"C"|^\s+"C"\s*$/m.test(this.text);
  }

  get comments(): readonly GoComment[] {
    this.#comments ??= scanComments(this.text);
    return this.#comments;
  }

  /** Line, from 1, and column, from 1 in bytes of UTF-8, of an offset. */
  position(offset: number): { line: number; column: number } {
    const starts = (this.#lineStarts ??= lineStarts(this.text));
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    const start = starts[low] ?? 0;
    return { line: low + 1, column: Buffer.byteLength(this.text.slice(start, offset)) + 1 };
  }
}

/** What stands before the package clause, and a little more: constraints and the mark of generated code are there. */
function headerOf(text: string): string {
  const clause = /^package\s/m.exec(text);
  return text.slice(0, (clause?.index ?? 0) + 1);
}

/** `//go:build go1.21` sets the file's language version; in an alternative or a negation it says nothing definite. */
function fileVersion(constraint: string): string | undefined {
  if (constraint === "" || constraint.includes("||") || constraint.includes("!go1")) return undefined;
  const versions = [...constraint.matchAll(/\bgo1\.(\d+)\b/g)].map((match) => Number(match[1]));
  return versions.length === 0 ? undefined : `1.${Math.max(...versions)}`;
}

function scanComments(text: string): GoComment[] {
  const comments: GoComment[] = [];
  const scanner = new Scanner(text, (from, to) => comments.push({ text: text.slice(from, to), from, to }));
  do scanner.next();
  while (scanner.tok !== Token.End);
  return comments;
}

function lineStarts(text: string): Uint32Array {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return Uint32Array.from(starts);
}
