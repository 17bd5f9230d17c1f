/**
 * The index: one SQLite file. Who wins an argument between index and bodies is always the body's hash.
 *
 * `entries` and `outputs` are read on each request. Actions are SHA-256 values, so `entries` without a rowid is one
 * B-tree in which all scopes of an action lie side by side. Times are split, since a nanosecond count does not fit
 * into a JavaScript number. `used` is in minutes: a finer one would turn each read into a write.
 *
 * What only some slots have lies in tables of its own, so that a lookup reads nothing of it: `candidates` (outputs that
 * a slot holds beside its entry), `slots` (its last removal), `dirty` and `unshared` (what the bus and the
 * shared store do not have yet; empty on a node alone), `purges`, `removals` (for runners), `positions`.
 */

/** Raised when the tables change; an index with a higher number is refused, one with a lower is brought up. */
export const schemaVersion = 2;

const tables1 = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE scopes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE partitions (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE provenances (id INTEGER PRIMARY KEY, json TEXT NOT NULL UNIQUE);
CREATE TABLE sources (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE outputs (
  id INTEGER PRIMARY KEY,
  output BLOB NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  codec INTEGER NOT NULL,
  settled INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  segment INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE INDEX outputs_by_segment ON outputs (segment);
CREATE INDEX outputs_unsettled ON outputs (segment, stored) WHERE settled = 0;
CREATE INDEX outputs_settled_later ON outputs (created_ms) WHERE settled = 2;
CREATE TABLE entries (
  action BLOB NOT NULL,
  partition INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  output INTEGER NOT NULL,
  time_s INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  put_ms INTEGER NOT NULL,
  used INTEGER NOT NULL,
  cost_ms INTEGER NOT NULL,
  provenance INTEGER NOT NULL,
  version INTEGER NOT NULL,
  source INTEGER NOT NULL,
  PRIMARY KEY (action, partition, scope)
) WITHOUT ROWID;
CREATE INDEX entries_by_output ON entries (output);
`;

const tables2 = `
CREATE TABLE candidates (
  action BLOB NOT NULL,
  partition INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  output INTEGER NOT NULL,
  time_s INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  put_ms INTEGER NOT NULL,
  cost_ms INTEGER NOT NULL,
  provenance INTEGER NOT NULL,
  version INTEGER NOT NULL,
  source INTEGER NOT NULL,
  PRIMARY KEY (action, partition, scope, output)
) WITHOUT ROWID;
CREATE INDEX candidates_by_output ON candidates (output);
CREATE TABLE slots (
  action BLOB NOT NULL,
  partition INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  era_version INTEGER NOT NULL,
  era_source INTEGER NOT NULL,
  mark_version INTEGER NOT NULL,
  mark_source INTEGER NOT NULL,
  mark TEXT NOT NULL,
  PRIMARY KEY (action, partition, scope)
) WITHOUT ROWID;
CREATE TABLE dirty (
  ticket INTEGER PRIMARY KEY AUTOINCREMENT,
  action BLOB NOT NULL,
  partition INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  purge TEXT NOT NULL,
  UNIQUE (action, partition, scope, purge)
);
CREATE TABLE unshared (output INTEGER PRIMARY KEY);
CREATE TABLE purges (
  id TEXT PRIMARY KEY,
  json TEXT NOT NULL,
  expires_ms INTEGER NOT NULL,
  is_swept INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE removals (
  epoch INTEGER PRIMARY KEY AUTOINCREMENT,
  action BLOB NOT NULL,
  scope INTEGER NOT NULL,
  removed_ms INTEGER NOT NULL
);
CREATE TABLE positions (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 2;
`;

export const schema = tables1 + tables2;

/** From each older version to the next; all of them run in one transaction. */
export const migrations: Readonly<Record<number, string>> = { 1: tables2 };
