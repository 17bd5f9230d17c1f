/** A `go` that is `ballast go`, for tools that start go by themselves: make, gotestsum, goreleaser, ko. */

import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { readFileHead } from "../core/file-head.ts";
import { ownCommand } from "../core/own-command.ts";
import { shimErrors } from "./shim-errors.ts";

/** The second line of each shim, by which it is told from a real go. */
const mark = "# ballast shim: go, governed";
const markBytes = 100;

/** Writes `folder`/go and returns its path. Throws `build/shim-not-written`. */
export function writeShim(folder: string): string {
  const path = join(folder, "go");
  const words = ownCommand().map(quoted).join(" ");
  // Quiet: some tools read both streams of the go that they start. What follows `--` is go's, whatever it looks like.
  const text = `#!/bin/sh\n${mark}\nexec ${words} go --quiet -- "$@"\n`;
  try {
    mkdirSync(folder, { recursive: true });
    if (isTaken(path)) throw new Error("there is another file of this name");
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, text);
    chmodSync(temporary, 0o755);
    renameSync(temporary, path);
  } catch (cause) {
    throw shimErrors.error("build/shim-not-written", `${path}: ${(cause as Error).message}`, { cause });
  }
  return path;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function isTaken(path: string): boolean {
  try {
    return !readFileSync(path, "latin1").includes(mark);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** The first real go of `path`: a shim would start Ballast again, without end. */
export function realGo(path: string, cwd: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    const found = folder === "" ? null : Bun.which("go", { PATH: resolve(cwd, folder) });
    if (found !== null && !isShim(found)) return found;
  }
  return undefined;
}

/** What is executable and not readable is no script of ours. */
function isShim(path: string): boolean {
  return readFileHead(path, markBytes)?.toString("latin1").includes(mark) === true;
}
