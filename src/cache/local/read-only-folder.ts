/**
 * A GOCACHE folder that is looked into and left as it is: no entry, no index, no time of a file changes. Its bodies are
 * hashed before they are used, once for each look of their file; what was learned lies in another folder.
 */

import { readFileSync } from "node:fs";
import { bodyKind } from "../../go/body-kind.ts";
import { actionPath, outputPath, parseEntryLine } from "../../go/gocache/entry-file.ts";
import { hashFile } from "../../go/hash-file.ts";
import { printOf } from "./body-file.ts";
import type { CacheFolder } from "./folder.ts";
import { openIndexFile, recordOf } from "./index-file.ts";
import type { LocalHit } from "./local-tier.ts";
import { type FilePrint, type LocalRecord, origin } from "./record.ts";

export interface ReadOnlyFolder {
  /** `undefined` is a miss, and so is everything that is not what it says. */
  get(action: Uint8Array): LocalHit | undefined;
  /** Writes what was learned, where it may be written. */
  flush(): void;
}

export interface ReadOnlyFolderOptions {
  readonly folder: CacheFolder;
  /** The file in which hashes of this folder's bodies are remembered. */
  readonly memoPath: string;
  /** Entries that were fetched for another toolchain are no hits; 0 when not known. */
  readonly toolchainTag: number;
}

export function openReadOnlyFolder({ folder, memoPath, toolchainTag }: ReadOnlyFolderOptions): ReadOnlyFolder {
  const theirs = openIndexFile(`${folder.ballastPath}/index`);
  const ours = openIndexFile(memoPath);

  function hitOf(record: LocalRecord): LocalHit | undefined {
    if (record.toolchainTag !== 0 && toolchainTag !== 0 && record.toolchainTag !== toolchainTag) return undefined;
    const output = Buffer.from(record.output).toString("hex");
    const path = outputPath(folder.path, output);
    const print = printOf(path);
    if (print === undefined) return undefined;
    if (!isSame(record.print, print)) {
      if (hashFile(path) !== output) return undefined;
      ours.add({ ...record, print, action: Buffer.from(record.action), output: Buffer.from(record.output) });
    }
    return asHit(record, output, path, print.size);
  }

  return {
    get(action) {
      for (const index of [ours, theirs]) {
        const held = index.find(action);
        const hit = held === undefined ? undefined : hitOf(recordOf(held));
        if (hit !== undefined) return hit;
      }
      const entry = entryOf(folder, action);
      return entry === undefined ? undefined : hitOf(entry);
    },
    flush: () => ours.flush(),
  };
}

const neverHashed: FilePrint = { ino: -1, mtimeMs: -1, ctimeMs: -1, size: -1 };

/** What Go itself put there. */
function entryOf(folder: CacheFolder, action: Uint8Array): LocalRecord | undefined {
  const hex = Buffer.from(action).toString("hex");
  const line = parseEntryLine(hex, readText(actionPath(folder.path, hex)));
  if (line === undefined) return undefined;
  const output = Buffer.from(line.output, "hex");
  const known = { kind: bodyKind.unknown, origin: origin.native, costMs: 0, toolchainTag: 0, usedMs: 0 };
  return { ...known, action, output, timeNs: line.timeNs, print: neverHashed };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // not there, or not readable: a miss for Go too
  }
}

function isSame(before: FilePrint, now: FilePrint): boolean {
  return (
    before.size === now.size &&
    before.ino === now.ino &&
    before.mtimeMs === now.mtimeMs &&
    before.ctimeMs === now.ctimeMs
  );
}

function asHit(
  { timeNs, origin: from, costMs }: LocalRecord,
  output: string,
  path: string,
  sizeBytes: number,
): LocalHit {
  const outputBase64 = Buffer.from(output, "hex").toString("base64");
  return { output, outputBase64, path, sizeBytes, timeNs, origin: from, costMs };
}
