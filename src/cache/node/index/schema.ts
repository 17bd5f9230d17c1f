/**
 * The index: one SQLite file. Who wins an argument between index and bodies is always the body's hash.
 *
 * `entries` and `outputs` are read on each request. Actions are SHA-256 values, so `entries` without a rowid is one
 * B-tree in which all scopes of an action lie side by side. Times are split, since a nanosecond count does not fit
 * into a JavaScript number. `used` is in minutes: a finer one would turn each read into a write.
 */

/** Raised when the tables change; an index with a higher number is refused. */
export const schemaVersion = 1;

export const schema = `
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
PRAGMA user_version = ${schemaVersion};
`;
