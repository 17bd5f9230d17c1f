/** The ledger in one SQLite file, which several processes may use at once. */

import { Database, SQLiteError } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { BallastError } from "../../core/errors.ts";
import { ledgerErrors } from "../errors.ts";
import { type Attributes, attributesJson, contentHash, type LedgerEvent, type StoredEvent } from "../event.ts";
import { type AttributeTest, type Bind, queryTail, requireValidBatch } from "../event-query.ts";
import type { AppendOutcome, LedgerStore } from "../store.ts";

/** Raised when the tables change; each step of `migrations` brings a file one version further. */
const schemaVersion = 1;

const migrations: readonly string[] = [
  `
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL,
  content TEXT NOT NULL,
  attributes TEXT NOT NULL
);
CREATE INDEX events_by_name ON events (name, seq);
CREATE INDEX events_by_time ON events (time_ms);
CREATE TRIGGER events_are_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
`,
];

const pageBytes = 4096;

export interface SqliteLedgerOptions {
  readonly path: string;
  readonly maxSizeBytes: number;
  /** How long another process's write is waited for. */
  readonly waitLimitMs: number;
  readonly clock: Clock;
}

interface Row {
  readonly seq: number;
  readonly key: string;
  readonly name: string;
  readonly time_ms: number;
  readonly seen_ms: number;
  readonly attributes: string;
}

const columns = "seq, key, name, time_ms, seen_ms, attributes";

/** Throws `ledger/unreachable`, `ledger/damaged`, `ledger/schema-newer`. */
export function openSqliteLedger(options: SqliteLedgerOptions): LedgerStore {
  const { path, clock } = options;
  const db = translate(path, () => open(options));
  return {
    append: async (events) => {
      requireValidBatch(events);
      return translate(path, () => db.transaction(() => insertAll(db, events, clock.nowMs())).immediate());
    },
    find: async (query) =>
      translate(path, () => {
        const values: (string | number)[] = [];
        const bind: Bind = (value) => `?${values.push(value)}`;
        const sql = `SELECT ${columns} FROM events ${queryTail(query, bind, attributeTest)}`;
        return db
          .query<Row, (string | number)[]>(sql)
          .all(...values)
          .map(eventOf);
      }),
    get: async (key) =>
      translate(path, () => {
        const row = db.query<Row, [string]>(`SELECT ${columns} FROM events WHERE key = ?`).get(key);
        return row === null ? undefined : eventOf(row);
      }),
    close: async () => db.close(),
  };
}

function open({ path, maxSizeBytes, waitLimitMs }: SqliteLedgerOptions): Database {
  mkdirSync(dirname(path), { recursive: true });
  const db = new Database(path, { create: true, readwrite: true });
  try {
    db.run(`PRAGMA busy_timeout = ${Math.round(waitLimitMs)}`);
    db.run("PRAGMA journal_mode = WAL");
    // The WAL is synced at checkpoints only: a power loss may take the last seconds, the end of a process nothing.
    db.run("PRAGMA synchronous = NORMAL");
    migrate(db, path);
    db.run(`PRAGMA max_page_count = ${Math.max(16, Math.floor(maxSizeBytes / pageBytes))}`);
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function versionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

function migrate(db: Database, path: string): void {
  const found = versionOf(db);
  if (found > schemaVersion) {
    throw ledgerErrors.error(
      "ledger/schema-newer",
      `${path} has version ${found}, this Ballast knows ${schemaVersion}`,
    );
  }
  if (found === schemaVersion) return;
  db.transaction(() => {
    // Another process may have done it while this one waited for the lock.
    for (let version = versionOf(db); version < schemaVersion; version++) db.run(migrations[version] ?? "");
    db.run(`PRAGMA user_version = ${schemaVersion}`);
  }).immediate();
}

function insertAll(db: Database, events: readonly LedgerEvent[], seenMs: number): AppendOutcome[] {
  const insert = db.query<{ seq: number }, [string, string, number, number, string, string]>(
    "INSERT INTO events (key, name, time_ms, seen_ms, content, attributes) VALUES (?, ?, ?, ?, ?, ?) " +
      "ON CONFLICT (key) DO NOTHING RETURNING seq",
  );
  const contentOf = db.query<{ content: string }, [string]>("SELECT content FROM events WHERE key = ?");
  return events.map((event) => {
    const content = contentHash(event);
    const { key, name, timeMs, attributes } = event;
    const added = insert.get(key, name, timeMs, seenMs, content, attributesJson(attributes));
    if (added !== null) return "added";
    return contentOf.get(key)?.content === content ? "known" : "conflict";
  });
}

/** `->` gives an attribute as the JSON text that was stored, which is that of `JSON.stringify`. */
const attributeTest: AttributeTest = (name, value, bind) =>
  `attributes -> ${bind(`$."${name}"`)} = ${bind(JSON.stringify(value))}`;

function eventOf({ seq, key, name, time_ms, seen_ms, attributes }: Row): StoredEvent {
  return { seq, key, name, timeMs: time_ms, seenMs: seen_ms, attributes: JSON.parse(attributes) as Attributes };
}

/** SQLite's failures in the ledger's terms. */
function translate<Value>(path: string, act: () => Value): Value {
  try {
    return act();
  } catch (cause) {
    throw cause instanceof SQLiteError || isErrno(cause) ? failureOf(path, cause) : cause;
  }
}

function isErrno(cause: unknown): cause is Error & { readonly code?: string } {
  return cause instanceof Error && "errno" in cause;
}

function failureOf(path: string, cause: Error & { readonly code?: string | undefined }): BallastError {
  const code = cause.code ?? "";
  const detail = `${path}: ${cause.message}`;
  if (code === "SQLITE_FULL" || code === "ENOSPC") return ledgerErrors.error("ledger/full", detail, { cause });
  const isDamage = code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT");
  return ledgerErrors.error(isDamage ? "ledger/damaged" : "ledger/unreachable", detail, { cause });
}
