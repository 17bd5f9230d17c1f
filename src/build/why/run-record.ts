/**
 * What one go command needed and did, kept so that a later one can be compared with it. A record names flags, folders
 * and variables in Go's own words, so its file is readable for its owner alone.
 */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { textIfReadable } from "../../core/file-text.ts";
import { readNames } from "../../core/folder-names.ts";
import { userCacheFolder } from "../../go/env.ts";
import type { GraphAction } from "./action-graph.ts";
import { whyErrors } from "./errors.ts";
import type { TestInput } from "./test-inputs.ts";

export interface ActionRecord extends GraphAction {
  /** What Go hashed; empty where it is not known. */
  readonly inputs: readonly string[];
}

export interface TestRecord {
  readonly package: string;
  /** What the test looked at when it last passed; `undefined` where Go kept nothing. */
  readonly inputs: readonly TestInput[] | undefined;
}

export interface RunRecord {
  readonly version: 1;
  readonly timeMs: number;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly exitCode: number;
  readonly wallMs: number;
  readonly actions: readonly ActionRecord[];
  readonly tests: readonly TestRecord[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const keptRecords = 20;
const recordLimitBytes = 100_000_000;
const unpackedLimitBytes = 500_000_000;

/** Records of one module are compared with each other, wherever it is checked out. */
export function recordFolder(env: Environment, cwd: string): string {
  const name = new Bun.CryptoHasher("sha256").update(moduleOf(cwd)).digest("hex").slice(0, 16);
  return join(userCacheFolder(env), "ballast", "records", name);
}

function moduleOf(cwd: string): string {
  for (let root = resolve(cwd); ; root = dirname(root)) {
    const name = /^module\s+"?([^\s"]+)/m.exec(textIfReadable(join(root, "go.mod")) ?? "")?.[1];
    if (name !== undefined) return name;
    if (dirname(root) === root) return cwd;
  }
}

/** The records of a folder, the oldest first. */
export function listRecords(folder: string): string[] {
  const names = readNames(folder).filter((name) => /^\d{13}-\w+\.json\.zst$/.test(name));
  return names.toSorted().map((name) => join(folder, name));
}

export function writeRecord(folder: string, record: RunRecord): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${String(record.timeMs).padStart(13, "0")}-${process.pid}.json.zst`);
  writeFileSync(`${path}.new`, Bun.zstdCompressSync(Buffer.from(JSON.stringify(record)), { level: 1 }), {
    mode: 0o600,
  });
  renameSync(`${path}.new`, path);
  for (const old of listRecords(folder).slice(0, -keptRecords)) rmSync(old, { force: true });
  return path;
}

/** Throws `build/record-unreadable`. */
export function readRecord(path: string): RunRecord {
  try {
    const sizeBytes = statSync(path).size;
    if (sizeBytes > recordLimitBytes) throw new Error(`${sizeBytes} bytes`);
    const bytes = Bun.zstdDecompressSync(readFileSync(path));
    if (bytes.length > unpackedLimitBytes) throw new Error(`${bytes.length} bytes`);
    const record = JSON.parse(bytes.toString()) as RunRecord;
    const isRecord = record.version === 1 && Array.isArray(record.actions) && Array.isArray(record.tests);
    if (!isRecord) throw new Error("it is no record");
    return record;
  } catch (cause) {
    throw whyErrors.error("build/record-unreadable", `${path}: ${(cause as Error).message}`, { cause });
  }
}
