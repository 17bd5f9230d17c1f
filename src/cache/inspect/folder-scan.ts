/** What a folder in GOCACHE's format holds, from its names, its `-a` files and `stat`; no body is read. */

import { readFileSync, statSync, type Stats } from "node:fs";
import { readNames } from "../../core/folder-names.ts";
import { actionPath, outputPath, parseEntryLine } from "../../go/gocache/entry-file.ts";
import type { Turns } from "./turns.ts";

/** An `-a` file. Ids are 64 hex digits. */
export interface FolderEntry {
  readonly action: string;
  readonly output: string;
  readonly sizeBytes: number;
  /** When Go first put it, milliseconds since 1970. */
  readonly putMs: number;
  /** The same to the nanosecond, which Go's test cache compares. */
  readonly putNs: bigint;
  /** When it was last used, as the file's time says: to the hour. */
  readonly usedMs: number;
}

/** A `-d` file, or a folder with one executable in it (`go run` and `go tool`). */
export interface FolderBody {
  readonly output: string;
  /** The file, for an executable the one inside the folder. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly diskBytes: number;
  readonly usedMs: number;
  readonly isExecutable: boolean;
}

export interface FolderContents {
  readonly entries: readonly FolderEntry[];
  readonly bodies: ReadonlyMap<string, FolderBody>;
  /** Actions whose `-a` file Go would not accept: torn or damaged. Go misses them. */
  readonly tornActions: readonly string[];
  /** What the `-a` files take. */
  readonly entryDiskBytes: number;
}

const blockBytes = 512;

/** Reads the whole folder; one that does not exist is empty. */
export async function scanFolder(folder: string, turns: Turns): Promise<FolderContents> {
  const entries: FolderEntry[] = [];
  const bodies = new Map<string, FolderBody>();
  const tornActions: string[] = [];
  let entryDiskBytes = 0;
  for (const name of await fileNames(folder, turns)) {
    await turns.rest();
    const id = name.slice(0, 64);
    if (name.endsWith("-d")) {
      const body = statBody(folder, id);
      if (body !== undefined) bodies.set(id, body);
      continue;
    }
    const found = readEntry(folder, id);
    if (found === undefined) continue;
    entryDiskBytes += found.info.blocks * blockBytes;
    if (found.entry === undefined) tornActions.push(id);
    else entries.push(found.entry);
  }
  return { entries, bodies, tornActions, entryDiskBytes };
}

async function fileNames(folder: string, turns: Turns): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < 256; i++) {
    const found = readNames(`${folder}/${i.toString(16).padStart(2, "0")}`);
    names.push(...found.filter((name) => /^[0-9a-f]{64}-[ad]$/.test(name)));
    await turns.rest();
  }
  return names;
}

/** `undefined` where the file is gone again: something trims at the same time. */
function readEntry(folder: string, action: string): { entry: FolderEntry | undefined; info: Stats } | undefined {
  const path = actionPath(folder, action);
  const info = statSync(path, { throwIfNoEntry: false });
  const text = info === undefined ? undefined : readText(path);
  if (info === undefined || text === undefined) return undefined;
  const line = parseEntryLine(action, text);
  if (line === undefined) return { entry: undefined, info };
  const { output, sizeBytes, timeNs } = line;
  const putMs = Number(timeNs / 1_000_000n);
  return { entry: { action, output, sizeBytes, putMs, putNs: timeNs, usedMs: info.mtimeMs }, info };
}

function statBody(folder: string, output: string): FolderBody | undefined {
  const path = outputPath(folder, output);
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return undefined;
  if (!info.isDirectory()) return bodyOf(output, path, info, info.mtimeMs, false);
  const inside = readNames(path)
    .map((name) => `${path}/${name}`)
    .map((file) => [file, statSync(file, { throwIfNoEntry: false })] as const)
    .find(([, found]) => found?.isFile());
  const [file = path, found = info] = inside ?? [];
  return bodyOf(output, file, found, info.mtimeMs, true);
}

function bodyOf(output: string, path: string, info: Stats, usedMs: number, isExecutable: boolean): FolderBody {
  return { output, path, sizeBytes: info.size, diskBytes: info.blocks * blockBytes, usedMs, isExecutable };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined; // trimmed a moment ago, or not ours to read: Go misses it too
  }
}
