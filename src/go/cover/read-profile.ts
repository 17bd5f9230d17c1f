/** Reads the text profiles of `go test -coverprofile`, piece by piece: a profile of -coverpkg can be large. */

import { closeSync, openSync, readSync } from "node:fs";
import { type BlocksBuilder, createBlocksBuilder, type RepeatedBlocks } from "./blocks-builder.ts";
import { coverErrors } from "./errors.ts";
import type { CoverMode, CoverProfile } from "./profile.ts";

export interface ReadProfile {
  readonly profile: CoverProfile;
  readonly repeated: RepeatedBlocks;
}

const chunkBytes = 1 << 18;
const profileLimitBytes = 2_000_000_000;
/** A path may have 4096 bytes. */
const lineLimitChars = 8192;
/** Go's line and column numbers are 32 bits; so are its counters, but sums of them may be larger. */
const numberLimit = 2 ** 32;

/** Throws `go/cover-unreadable` and what `readProfileChunks` throws. */
export function readProfile(path: string): ReadProfile {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    throw coverErrors.error("go/cover-unreadable", `${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    return readProfileChunks(chunksOf(file, path), path);
  } finally {
    closeSync(file);
  }
}

function* chunksOf(file: number, path: string): Iterable<Uint8Array> {
  const buffer = new Uint8Array(chunkBytes);
  for (let total = 0; ;) {
    let count: number;
    try {
      count = readSync(file, buffer, 0, chunkBytes, null);
    } catch (cause) {
      throw coverErrors.error("go/cover-unreadable", `${path}: ${(cause as Error).message}`, { cause });
    }
    if (count === 0) return;
    total += count;
    if (total > profileLimitBytes) {
      throw coverErrors.error("go/cover-too-large", `${path}: over ${profileLimitBytes} bytes`);
    }
    yield buffer.subarray(0, count);
  }
}

/**
 * Throws `go/cover-malformed`, `go/cover-modes-mixed`, `go/cover-blocks-contradict`, `go/cover-too-large`.
 * Profiles that were put one behind the other are read as one, which Go's own tools refuse.
 */
export function readProfileChunks(chunks: Iterable<Uint8Array>, source: string): ReadProfile {
  const reader = createLineReader(source);
  const decoder = new TextDecoder();
  let rest = "";
  for (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) reader.take(line);
    if (rest.length > lineLimitChars) reader.take(rest);
  }
  if (rest !== "") reader.take(rest);
  return reader.finish();
}

interface LineReader {
  take(line: string): void;
  finish(): ReadProfile;
}

function createLineReader(source: string): LineReader {
  let number = 0;
  let mode: CoverMode | undefined;
  const builder = createBlocksBuilder(source, () => mode ?? "set");
  const malformed = (what: string): Error => coverErrors.error("go/cover-malformed", `${source}:${number}: ${what}`);
  const takeMode = (text: string): void => {
    const named = asMode(text);
    if (named === undefined) throw malformed(`there is no mode ${JSON.stringify(text.slice(0, 40))}`);
    const detail = `${source}:${number}: mode ${named} behind mode ${mode ?? ""}`;
    if (mode !== undefined && mode !== named) throw coverErrors.error("go/cover-modes-mixed", detail);
    mode = named;
  };
  return {
    take(raw) {
      number++;
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line.length > lineLimitChars) throw malformed(`a line of more than ${lineLimitChars} characters`);
      if (line.startsWith("mode: ")) return takeMode(line.slice("mode: ".length));
      if (mode === undefined) throw malformed("it does not begin with `mode: …`");
      if (line !== "") takeBlock(line, { mode, builder, malformed, place: `${source}:${number}` });
    },
    finish() {
      if (mode === undefined) throw malformed("it is empty");
      return { profile: builder.profile(mode), repeated: builder.repeated() };
    },
  };
}

interface LineContext {
  readonly mode: CoverMode;
  readonly builder: BlocksBuilder;
  readonly malformed: (what: string) => Error;
  readonly place: string;
}

/** As Go reads it (`golang.org/x/tools/cover`): the numbers from the end, the name is what is left. */
function takeBlock(line: string, { mode, builder, malformed, place }: LineContext): void {
  const match = /^(.+):(\d+)\.(\d+),(\d+)\.(\d+) (\d+) (\d+)$/.exec(line);
  if (match === null) throw malformed("it is not NAME:LINE.COLUMN,LINE.COLUMN STATEMENTS COUNT");
  const [startLine = 0, startColumn = 0, endLine = 0, endColumn = 0, statements = 0, count = 0] = match
    .slice(2)
    .map(Number);
  if (Math.max(startLine, startColumn, endLine, endColumn, statements) >= numberLimit) {
    throw malformed("a number is too large");
  }
  if (!Number.isSafeInteger(count)) throw malformed("the count is too large");
  if (endLine < startLine || (endLine === startLine && endColumn < startColumn)) {
    throw malformed("a block ends before it begins");
  }
  // Counts below a header that says `set` were put there from another profile.
  const detail = `${place}: mode set, and a block that ran ${count} times`;
  if (mode === "set" && count > 1) throw coverErrors.error("go/cover-modes-mixed", detail);
  builder.add(match[1] ?? "", { startLine, startColumn, endLine, endColumn, statements, count });
}

function asMode(text: string): CoverMode | undefined {
  return text === "set" || text === "count" || text === "atomic" ? text : undefined;
}
