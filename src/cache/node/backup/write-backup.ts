/**
 * A copy of a node while it works.
 *
 * The index first: its file does not change while no checkpoint is made, everything new goes to the log beside it, and
 * both together are what a killed node leaves. Then a second name for each file of bodies, so that compaction cannot
 * take one away while it is sent; bodies are only ever appended. So the copy holds all that was acknowledged before it
 * began, and writers wait for nothing.
 */

import { copyFileSync, createReadStream, linkSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { tarEnd, tarHead, tarPadding } from "../../../core/tar.ts";
import { hasErrno } from "../disk/errno.ts";
import { createSlices } from "../slices.ts";
import type { StoreState } from "../store-state.ts";
import { type BackedUpFile, backupFileName, type BackupList, backupListName } from "./backup-file.ts";
import { backupErrors } from "./errors.ts";

/** Makes sure that neither compaction nor removal runs beside `work`. */
export type Alone = <Result>(work: () => Promise<Result>) => Promise<Result>;

const pieceBytes = 256 * 1024;
/** SQLite's own default, and what the index is opened with. */
const checkpointPages = 1000;

/** The bytes of a tar archive. Rejects with `node/backup-under-way`; ends early when the store is closed. */
export async function* writeBackup(state: StoreState, alone: Alone): AsyncGenerator<Uint8Array> {
  const copy = join(state.options.folder, "tmp", "backup");
  try {
    mkdirSync(copy);
  } catch (cause) {
    if (!hasErrno(cause, "EEXIST")) throw cause;
    throw backupErrors.error("node/backup-under-way", state.options.folder, { cause });
  }
  try {
    const names = await alone(async () => {
      await copyIndex(state, copy);
      return linkBodies(state, copy);
    });
    const files: BackedUpFile[] = [];
    for (const name of names) files.push(yield* fileBytes(join(copy, name), name, state.options.clock.nowMs()));
    yield* listBytes({ format: 1, madeMs: state.options.clock.nowMs(), files });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function copyIndex({ db, options }: StoreState, copy: string): Promise<void> {
  // An empty log: from here on it only grows, and no old part of it can come after a newer index.
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.run("PRAGMA wal_autocheckpoint = 0");
  try {
    for (const name of ["index.sqlite", "index.sqlite-wal"]) {
      await copyFile(join(options.folder, name), join(copy, name));
    }
  } finally {
    db.run(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
  }
}

/** The names of all files of the copy, below it. */
async function linkBodies({ options }: StoreState, copy: string): Promise<string[]> {
  const slices = createSlices();
  const names = readdirSync(copy);
  for (const folder of ["segments", "large"]) {
    for (const name of namesBelow(options.folder, folder)) {
      if (!backupFileName.test(name)) continue;
      mkdirSync(dirname(join(copy, name)), { recursive: true });
      linkOrCopy(join(options.folder, name), join(copy, name));
      names.push(name);
      await slices.rest();
    }
  }
  return names.filter((name) => backupFileName.test(name));
}

function namesBelow(base: string, folder: string): string[] {
  try {
    const found = readdirSync(join(base, folder), { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(base.length + 1));
  } catch (cause) {
    if (hasErrno(cause, "ENOENT")) return [];
    throw cause;
  }
}

/** Not every file system has second names. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (cause) {
    if (hasErrno(cause, "ENOENT")) throw cause;
    copyFileSync(from, to);
  }
}

async function* fileBytes(path: string, name: string, nowMs: number): AsyncGenerator<Uint8Array, BackedUpFile> {
  // The active segment grows meanwhile: what is added is not part of the copied index.
  const sizeBytes = statSync(path).size;
  const hasher = new Bun.CryptoHasher("sha256");
  yield tarHead({ name, sizeBytes }, nowMs);
  if (sizeBytes > 0) {
    for await (const chunk of createReadStream(path, { end: sizeBytes - 1, highWaterMark: pieceBytes })) {
      hasher.update(chunk as Uint8Array);
      yield chunk as Uint8Array;
    }
  }
  yield tarPadding(sizeBytes);
  return { name, sizeBytes, sha256: hasher.digest("hex") };
}

function* listBytes(list: BackupList): Generator<Uint8Array> {
  const bytes = Buffer.from(JSON.stringify(list));
  yield tarHead({ name: backupListName, sizeBytes: bytes.length }, list.madeMs);
  yield bytes;
  yield tarPadding(bytes.length);
  yield tarEnd();
}
