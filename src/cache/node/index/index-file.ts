import { Database, SQLiteError } from "bun:sqlite";
import { existsSync, rmSync } from "node:fs";
import { nodeErrors } from "../errors.ts";
import { migrations, schema, schemaVersion } from "./schema.ts";

export interface OpenedIndex {
  readonly db: Database;
  readonly isNew: boolean;
  /** Why the index was begun anew; `undefined` when the old one was kept or there was none. */
  readonly resetReason?: string;
}

/**
 * Opens the index, or begins a new one where the old one is damaged: a cache that is empty is slow, one that does not
 * start is broken. With `isSuspect` the whole file is checked first (about one second for a million entries).
 * Throws `node/data-too-new`.
 */
export function openIndex(path: string, isSuspect: boolean): OpenedIndex {
  if (!existsSync(path)) return { db: createIndex(path), isNew: true };
  const opened = tryOpen(path, isSuspect);
  if (opened instanceof Database) return { db: opened, isNew: false };
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  return { db: createIndex(path), isNew: true, resetReason: opened };
}

/** The open index, or what is wrong with it. */
function tryOpen(path: string, isSuspect: boolean): Database | string {
  let db: Database | undefined;
  try {
    db = connect(path);
    const version = db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
    if (version > schemaVersion) {
      throw nodeErrors.error(
        "node/data-too-new",
        `the index has version ${version}, this Ballast knows ${schemaVersion}`,
      );
    }
    const damage = version === 0 ? "the index has no tables" : findDamage(db, isSuspect);
    if (damage === undefined) {
      bringUp(db, version);
      return db;
    }
    db.close();
    return damage;
  } catch (cause) {
    db?.close();
    if (cause instanceof SQLiteError && isDamage(cause)) return cause.message;
    throw cause;
  }
}

/** Brings an older index to this version, whole or not at all. */
function bringUp(db: Database, version: number): void {
  if (version === schemaVersion) return;
  db.transaction(() => {
    for (let from = version; from < schemaVersion; from++) db.run(migrations[from] as string);
  })();
}

function findDamage(db: Database, isSuspect: boolean): string | undefined {
  db.query("SELECT count(*) FROM sqlite_schema").get();
  if (!isSuspect) return undefined;
  const found = db.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check;
  return found === "ok" ? undefined : (found ?? "the check of the index gave no answer");
}

/** Whether SQLite says that the file itself is wrong, not that it could not be reached. */
export function isDamage(cause: SQLiteError): boolean {
  return cause.code?.startsWith("SQLITE_CORRUPT") === true || cause.code === "SQLITE_NOTADB";
}

function createIndex(path: string): Database {
  const db = connect(path);
  db.transaction(() => db.run(schema))();
  return db;
}

function connect(path: string): Database {
  const db = new Database(path, { create: true, readwrite: true });
  // One process only (the folder lock sees to it), so no shared memory file and no lock per statement.
  db.run("PRAGMA locking_mode = EXCLUSIVE");
  db.run("PRAGMA journal_mode = WAL");
  // The WAL is synced at checkpoints only: a power loss may take the last seconds, the end of the process nothing.
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA wal_autocheckpoint = 1000");
  db.run("PRAGMA cache_size = -32768");
  db.run("PRAGMA temp_store = MEMORY");
  return db;
}
