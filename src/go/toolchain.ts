/**
 * Which toolchain built something, by content. Go's key holds the compiler's version text; two compilers that only
 * look alike (a distribution's patch, a damaged download) share it, and must not share entries.
 */

import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { hashFile } from "./hash-file.ts";
import type { SharedToolHashes } from "./shared-tool-hashes.ts";

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
 * Hashing 60 MB takes about 40 ms, so the result is kept in `memoPath` under the files' times and sizes; where that
 * does not know it, threads that are given the same `shared` hash together.
 */
export function hashToolchain(
  goroot: string,
  toolFolder: string,
  memoPath: string,
  shared?: SharedToolHashes,
): string | undefined {
  const files = toolFiles(goroot, toolFolder);
  if (files.length === 0) return undefined;
  const key = keyOf(files);
  const memos = readMemos(memoPath);
  const known = memos.find((memo) => memo.key === key);
  if (known !== undefined) return known.hash;
  const hash = combine(files, shared === undefined ? files.map(hashFile) : hashTogether(files, shared));
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

/** Takes part in another thread's `hashToolchain`, as far as there is something left to do. */
export function helpHashing(goroot: string, toolFolder: string, shared: SharedToolHashes): void {
  takeAll(toolFiles(goroot, toolFolder), shared);
}

function hashTogether(files: readonly string[], shared: SharedToolHashes): (string | undefined)[] {
  takeAll(files, shared);
  return files.map((path, file) => {
    const known = shared.read(file);
    return known === undefined ? hashFile(path) : known.hash;
  });
}

/** The largest first, so that threads end at about the same time. */
function takeAll(files: readonly string[], shared: SharedToolHashes): void {
  const sizes = files.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  const order = files.keys().toArray();
  for (const file of order.toSorted((a, b) => (sizes[b] as number) - (sizes[a] as number))) {
    if (shared.take(file)) shared.put(file, hashFile(files[file] as string));
  }
}

/** `undefined` when a tool could not be read. */
function combine(files: readonly string[], hashes: readonly (string | undefined)[]): string | undefined {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const [at, path] of files.entries()) {
    const hash = hashes[at] ?? (path.endsWith("/VERSION") ? "none" : undefined);
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
