/**
 * Which toolchain built something, by content. Go's key holds the compiler's version text; two compilers that only
 * look alike (a distribution's patch, a damaged download) share it, and must not share entries.
 */

import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { hashFile } from "./hash-file.ts";

/** What decides the bytes of an archive. `go` itself is left out: whatever it asks for is in the key. */
const toolNames = ["asm", "cgo", "compile", "cover", "link", "vet"];

interface Memo {
  readonly key: string;
  readonly hash: string;
}

/** A runner that builds with several Go versions in turn must not hash in each run. */
const memosMax = 8;

/**
 * SHA-256 over the tools' bytes and the toolchain's VERSION file, in hex; `undefined` when there is no toolchain.
 * Hashing 60 MB takes about 40 ms, so the result is kept in `memoPath` under the files' times and sizes.
 */
export function hashToolchain(goroot: string, toolFolder: string, memoPath: string): string | undefined {
  const files = toolFiles(goroot, toolFolder);
  if (files.length === 0) return undefined;
  const key = keyOf(files);
  const memos = readMemos(memoPath);
  const known = memos.find((memo) => memo.key === key);
  if (known !== undefined) return known.hash;
  const hash = hashFiles(files);
  if (hash !== undefined) writeMemos(memoPath, [{ key, hash }, ...memos].slice(0, memosMax));
  return hash;
}

/**
 * The hash if `memoPath` knows any toolchain; that of one that it does not know is found out. Where it knows none,
 * nothing was fetched for any: the hash is not worth its 40 ms.
 */
export function recallToolchain(goroot: string, toolFolder: string, memoPath: string): string | undefined {
  return readMemos(memoPath).length === 0 ? undefined : hashToolchain(goroot, toolFolder, memoPath);
}

function keyOf(files: readonly string[]): string {
  return JSON.stringify(files.map((path) => print(path)));
}

function toolFiles(goroot: string, toolFolder: string): string[] {
  let present: string[];
  try {
    present = readdirSync(toolFolder);
  } catch {
    return []; // no toolchain here
  }
  const tools = toolNames.filter((name) => present.includes(name)).map((name) => `${toolFolder}/${name}`);
  return tools.some((path) => path.endsWith("/compile")) ? [`${goroot}/VERSION`, ...tools] : [];
}

function print(path: string): unknown[] {
  const info = statSync(path, { throwIfNoEntry: false });
  return info === undefined ? [path] : [path, info.ino, info.size, info.mtimeMs, info.ctimeMs];
}

function hashFiles(files: readonly string[]): string | undefined {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const path of files) {
    const hash = path.endsWith("/VERSION") ? (hashFile(path) ?? "none") : hashFile(path);
    if (hash === undefined) return undefined;
    hasher.update(`${path.slice(path.lastIndexOf("/") + 1)} ${hash}\n`);
  }
  return hasher.digest("hex");
}

function readMemos(path: string): readonly Memo[] {
  try {
    const memos = JSON.parse(readFileSync(path, "utf8")) as unknown;
    return Array.isArray(memos) ? (memos as Memo[]) : [];
  } catch {
    return []; // none yet, or torn: hash again
  }
}

function writeMemos(path: string, memos: readonly Memo[]): void {
  try {
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(memos));
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    return; // a folder that cannot be written to: hash again next time
  }
}
