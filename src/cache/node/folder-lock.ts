import { Database, SQLiteError } from "bun:sqlite";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { nodeErrors } from "./errors.ts";

export interface FolderLock {
  release(): void;
}

/**
 * Makes sure that one process only uses the folder. The lock is SQLite's own on an empty file: the kernel gives it
 * back when the process ends, however it ends. Throws `node/folder-in-use`, `node/folder-unusable`.
 */
export function lockFolder(folder: string): FolderLock {
  makeFolder(folder);
  const path = join(folder, "lock");
  const db = tryLock(path, folder) ?? lockAnew(path, folder);
  return { release: () => db.close() };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw nodeErrors.error("node/folder-unusable", `${folder}: ${(cause as Error).message}`, { cause });
  }
}

/** `undefined` when somebody has written other bytes into the lock file. */
function tryLock(path: string, folder: string): Database | undefined {
  let db: Database | undefined;
  try {
    db = new Database(path, { create: true, readwrite: true });
    // Nothing is ever written: no journal either, which on a full disk could not be made.
    db.run("PRAGMA journal_mode = MEMORY");
    db.run("BEGIN EXCLUSIVE");
    return db;
  } catch (cause) {
    db?.close();
    if (!(cause instanceof SQLiteError)) throw cause;
    if (cause.code === "SQLITE_NOTADB" || cause.code?.startsWith("SQLITE_CORRUPT")) return undefined;
    if (cause.code === "SQLITE_FULL") throw nodeErrors.error("node/disk-full", folder, { cause });
    if (cause.code?.startsWith("SQLITE_BUSY")) throw nodeErrors.error("node/folder-in-use", folder, { cause });
    throw nodeErrors.error("node/folder-unusable", `${folder}: ${cause.message}`, { cause });
  }
}

function lockAnew(path: string, folder: string): Database {
  rmSync(path, { force: true });
  const db = tryLock(path, folder);
  if (db === undefined) throw nodeErrors.error("node/folder-unusable", `${path} cannot be replaced`);
  return db;
}
