/** The statements on what only some slots have. Nothing here decides anything. */

import type { Database } from "bun:sqlite";
import type { EntryRow, Slot } from "./entry-rows.ts";

/** An output of a slot with the put that brought it, of `entries` and of `candidates` alike. */
export interface CandidateRow extends Omit<EntryRow, keyof Slot | "used"> {
  readonly outputHash: Uint8Array;
  readonly kind: number;
  readonly sizeBytes: number;
}

/** A row of `candidates`. */
export interface CandidateSlotRow extends CandidateRow, Slot {}

export interface EraRow {
  readonly era_version: number;
  readonly era_source: number;
}

export interface DirtyRow extends Slot {
  readonly ticket: number;
  /** Id of a purge; empty for a slot. */
  readonly purge: string;
}

export interface PurgeRow {
  readonly id: string;
  readonly json: string;
  readonly is_swept: number;
}

export interface SlotRows {
  /** The entry of a slot, with its output. */
  currentOf(slot: Slot): CandidateRow | null;
  candidatesOf(slot: Slot): CandidateRow[];
  /** In the order of their slots; rows of one slot lie together. */
  candidatesAfter(slot: Slot, limit: number): CandidateSlotRow[];
  hasCandidates(): boolean;
  putCandidate(slot: Slot, row: Omit<CandidateRow, "outputHash" | "kind" | "sizeBytes">): void;
  deleteCandidates(slot: Slot): void;
  deleteCandidatesOf(output: number): Slot[];
  renumberCandidates(from: number, to: number): void;
  /** Slots that have an output beside their entry. */
  candidateSlotsOf(output: number): Slot[];
  /** Whether an entry or a candidate names an output. */
  isNamed(output: number): boolean;
  eraOf(slot: Slot): EraRow | null;
  putEra(slot: Slot, row: EraRow): void;
  deleteEra(slot: Slot): void;
  /** With a new ticket, also if it is dirty already. */
  setDirty(slot: Slot, purge: string): void;
  /** Only if it is not. */
  leaveDirty(slot: Slot): void;
  dirtyAfter(ticket: number, limit: number): DirtyRow[];
  dirtyCount(): number;
  clean(ticket: number): void;
  /** Every slot of which anything is known, and every purge. */
  setAllDirty(): void;
  setUnshared(output: number): void;
  unshared(limit: number): { readonly id: number; readonly output: Uint8Array }[];
  isUnshared(output: number): boolean;
  setShared(output: number): void;
  setAllUnshared(): void;
  purges(): PurgeRow[];
  putPurge(row: PurgeRow, expiresMs: number): void;
  deletePurge(id: string): void;
  setSwept(id: string): void;
  deletePurges(expiredBeforeMs: number): void;
  position(name: string): string | undefined;
  setPosition(name: string, value: string): void;
}

type Key = [Uint8Array, number, number];

const slotIs = "action = ? AND partition = ? AND scope = ?";

export function prepareSlotRows(db: Database): SlotRows {
  return { ...prepareCandidates(db), ...prepareEras(db), ...prepareDirty(db), ...preparePurges(db) };
}

type CandidateStatements = Pick<
  SlotRows,
  | "currentOf"
  | "candidatesOf"
  | "candidatesAfter"
  | "hasCandidates"
  | "putCandidate"
  | "deleteCandidates"
  | "deleteCandidatesOf"
  | "renumberCandidates"
  | "candidateSlotsOf"
  | "isNamed"
>;

function prepareCandidates(db: Database): CandidateStatements {
  const columns = `e.output, e.time_s, e.time_ns, e.put_ms, e.cost_ms, e.provenance, e.version, e.source,
    o.output AS outputHash, o.kind, o.size AS sizeBytes`;
  const ofSlot = (table: string): string => `SELECT ${columns} FROM ${table} e JOIN outputs o ON o.id = e.output
    WHERE e.action = ? AND e.partition = ? AND e.scope = ?`;
  const current = db.query<CandidateRow, Key>(ofSlot("entries"));
  const candidates = db.query<CandidateRow, Key>(ofSlot("candidates"));
  const after = db.query<CandidateSlotRow, [...Key, number]>(
    `SELECT e.action, e.partition, e.scope, ${columns} FROM candidates e JOIN outputs o ON o.id = e.output
     WHERE (e.action, e.partition, e.scope) > (?, ?, ?) ORDER BY e.action, e.partition, e.scope LIMIT ?`,
  );
  const any = db.query<{ one: number }, []>("SELECT 1 AS one FROM candidates LIMIT 1");
  const put = db.query<null, [...Key, ...number[]]>("INSERT OR REPLACE INTO candidates VALUES (?,?,?,?,?,?,?,?,?,?,?)");
  const remove = db.query<null, Key>(`DELETE FROM candidates WHERE ${slotIs}`);
  const removeOf = db.query<Slot, [number]>(
    "DELETE FROM candidates WHERE output = ? RETURNING action, partition, scope",
  );
  const slotsOf = db.query<Slot, [number]>("SELECT action, partition, scope FROM candidates WHERE output = ?");
  const renumber = db.query<null, [number, number]>("UPDATE candidates SET output = ? WHERE output = ?");
  const named = db.query<{ one: number }, [number, number]>(
    "SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM entries WHERE output = ?) OR EXISTS (SELECT 1 FROM candidates WHERE output = ?)",
  );
  return {
    currentOf: ({ action, partition, scope }) => current.get(action, partition, scope),
    candidatesOf: ({ action, partition, scope }) => candidates.all(action, partition, scope),
    candidatesAfter: ({ action, partition, scope }, limit) => after.all(action, partition, scope, limit),
    hasCandidates: () => any.get() !== null,
    putCandidate({ action, partition, scope }, row) {
      const { output, time_s, time_ns, put_ms, cost_ms, provenance, version, source } = row;
      put.run(action, partition, scope, output, time_s, time_ns, put_ms, cost_ms, provenance, version, source);
    },
    deleteCandidates({ action, partition, scope }) {
      remove.run(action, partition, scope);
    },
    candidateSlotsOf: (output) => slotsOf.all(output),
    deleteCandidatesOf: (output) => removeOf.all(output),
    renumberCandidates(from, to) {
      renumber.run(to, from);
    },
    isNamed: (output) => named.get(output, output) !== null,
  };
}

function prepareEras(db: Database): Pick<SlotRows, "eraOf" | "putEra" | "deleteEra"> {
  const select = db.query<EraRow, Key>(`SELECT era_version, era_source FROM slots WHERE ${slotIs}`);
  // The other columns are of a mark that nothing ever wrote.
  const put = db.query<null, [...Key, number, number]>("INSERT OR REPLACE INTO slots VALUES (?,?,?,?,?,0,0,'')");
  const remove = db.query<null, Key>(`DELETE FROM slots WHERE ${slotIs}`);
  return {
    eraOf: ({ action, partition, scope }) => select.get(action, partition, scope),
    putEra({ action, partition, scope }, { era_version, era_source }) {
      put.run(action, partition, scope, era_version, era_source);
    },
    deleteEra({ action, partition, scope }) {
      remove.run(action, partition, scope);
    },
  };
}

type DirtyStatements = Pick<
  SlotRows,
  | "setDirty"
  | "leaveDirty"
  | "dirtyAfter"
  | "dirtyCount"
  | "clean"
  | "setAllDirty"
  | "setUnshared"
  | "unshared"
  | "isUnshared"
  | "setShared"
  | "setAllUnshared"
>;

function prepareDirty(db: Database): DirtyStatements {
  const columns = "dirty (action, partition, scope, purge) VALUES (?,?,?,?)";
  const set = db.query<null, [...Key, string]>(`INSERT OR REPLACE INTO ${columns}`);
  const leave = db.query<null, [...Key, string]>(`INSERT OR IGNORE INTO ${columns}`);
  const after = db.query<DirtyRow, [number, number]>("SELECT * FROM dirty WHERE ticket > ? ORDER BY ticket LIMIT ?");
  const count = db.query<{ count: number }, []>("SELECT count(*) AS count FROM dirty");
  const clean = db.query<null, [number]>("DELETE FROM dirty WHERE ticket = ?");
  const intoDirty = "INSERT OR IGNORE INTO dirty (action, partition, scope, purge)";
  const all = [
    db.query<null, []>(`${intoDirty} SELECT x'', 0, 0, id FROM purges`),
    db.query<null, []>(`${intoDirty} SELECT action, partition, scope, '' FROM entries`),
    db.query<null, []>(`${intoDirty} SELECT action, partition, scope, '' FROM slots`),
  ];
  const unshare = db.query<null, [number]>("INSERT OR IGNORE INTO unshared VALUES (?)");
  const unshared = db.query<{ id: number; output: Uint8Array }, [number]>(
    "SELECT o.id, o.output FROM unshared u JOIN outputs o ON o.id = u.output ORDER BY u.output LIMIT ?",
  );
  const isUnshared = db.query<{ one: number }, [number]>("SELECT 1 AS one FROM unshared WHERE output = ?");
  const share = db.query<null, [number]>("DELETE FROM unshared WHERE output = ?");
  const unshareAll = db.query<null, []>("INSERT OR IGNORE INTO unshared SELECT id FROM outputs WHERE segment >= 0");
  return {
    setDirty({ action, partition, scope }, purge) {
      set.run(action, partition, scope, purge);
    },
    leaveDirty({ action, partition, scope }) {
      leave.run(action, partition, scope, "");
    },
    dirtyAfter: (ticket, limit) => after.all(ticket, limit),
    dirtyCount: () => count.get()?.count ?? 0,
    clean(ticket) {
      clean.run(ticket);
    },
    setAllDirty() {
      for (const each of all) each.run();
    },
    setUnshared(output) {
      unshare.run(output);
    },
    unshared: (limit) => unshared.all(limit),
    isUnshared: (output) => isUnshared.get(output) !== null,
    setShared(output) {
      share.run(output);
    },
    setAllUnshared() {
      unshareAll.run();
    },
  };
}

type PurgeStatements = Pick<
  SlotRows,
  "purges" | "putPurge" | "deletePurge" | "setSwept" | "deletePurges" | "position" | "setPosition"
>;

function preparePurges(db: Database): PurgeStatements {
  const all = db.query<PurgeRow, []>("SELECT id, json, is_swept FROM purges");
  const put = db.query<null, [string, string, number, number]>(
    "INSERT OR IGNORE INTO purges (id, json, expires_ms, is_swept) VALUES (?,?,?,?)",
  );
  const sweep = db.query<null, [string]>("UPDATE purges SET is_swept = 1 WHERE id = ?");
  const remove = db.query<null, [string]>("DELETE FROM purges WHERE id = ?");
  const expire = db.query<null, [number]>("DELETE FROM purges WHERE expires_ms < ?");
  const position = db.query<{ value: string }, [string]>("SELECT value FROM positions WHERE name = ?");
  const setPosition = db.query<null, [string, string]>("INSERT OR REPLACE INTO positions VALUES (?,?)");
  return {
    purges: () => all.all(),
    putPurge({ id, json, is_swept }, expiresMs) {
      put.run(id, json, expiresMs, is_swept);
    },
    deletePurge(id) {
      remove.run(id);
    },
    setSwept(id) {
      sweep.run(id);
    },
    deletePurges(expiredBeforeMs) {
      expire.run(expiredBeforeMs);
    },
    position: (name) => position.get(name)?.value,
    setPosition(name, value) {
      setPosition.run(name, value);
    },
  };
}
