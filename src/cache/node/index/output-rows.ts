import type { Database } from "bun:sqlite";
import type { Codec } from "../../protocol/entry.ts";

/** Whether a body will be compressed: as soon as there is time, never (again), or when it has been there for a while. */
export const settling = { due: 0, done: 1, later: 2 } as const;

/** In the place of a segment's number: the body is not on this disk, but the shared store has it. */
export const remoteSegment = -1;

export type Settling = (typeof settling)[keyof typeof settling];

/** A row of `outputs`: a body, what it is, and where it lies. */
export interface OutputRow {
  readonly id: number;
  readonly output: Uint8Array;
  /** Before any encoding. */
  readonly sizeBytes: number;
  /** As it lies in the body store. */
  readonly storedBytes: number;
  readonly codec: Codec;
  /** One of `settling`. */
  readonly settled: Settling;
  readonly kind: number;
  readonly segment: number;
  readonly offset: number;
}

/** What changes when a body is moved or encoded otherwise. */
export type StoredForm = Pick<OutputRow, "segment" | "offset" | "storedBytes" | "codec" | "settled">;

export interface OutputWithUse extends OutputRow {
  readonly lastUsed: number | null;
}

export interface OutputRows {
  output(output: Uint8Array): OutputRow | null;
  outputById(id: number): OutputRow | null;
  /** Of bodies that are on this disk. */
  outputIdsAbove(id: number): number[];
  /** In the order of their numbers. */
  outputsAfter(id: number, limit: number): OutputRow[];
  /** Bodies of a segment (0: of files of their own), in the order of their numbers. */
  outputsOfSegment(segment: number, afterId: number, limit: number): OutputRow[];
  /** Segments with bodies that may gain by compression, and how many bytes these have. */
  unsettledSegments(): { readonly segment: number; readonly storedBytes: number }[];
  /** A body in a file of its own that may gain by compression. */
  unsettledOwnFile(): OutputRow | null;
  /** How many there are of those. */
  unsettledOwnFiles(): number;
  /** What was to be compressed later and was stored before this time is due now. */
  makeDue(createdBeforeMs: number): void;
  /** With the minute of their entries' last use; `null` when neither an entry nor a candidate names them. */
  outputsWithUse(afterId: number, limit: number): OutputWithUse[];
  insertOutput(row: OutputRow, createdMs: number): void;
  moveOutput(id: number, form: StoredForm): void;
  /** Gives an output a new number and a place. */
  replaceOutput(id: number, row: OutputRow): void;
  deleteOutput(id: number): void;
}

/** The columns of an `OutputRow`, from a table called `o`. */
export const outputColumns =
  "o.id, o.output, o.size AS sizeBytes, o.stored AS storedBytes, o.codec, o.settled, o.kind, o.segment, o.offset";

export function prepareOutputRows(db: Database): OutputRows {
  const byOutput = db.query<OutputRow, [Uint8Array]>(`SELECT ${outputColumns} FROM outputs o WHERE output = ?`);
  const byId = db.query<OutputRow, [number]>(`SELECT ${outputColumns} FROM outputs o WHERE id = ?`);
  const idsAbove = db.query<{ id: number }, [number]>("SELECT id FROM outputs WHERE id > ? AND segment >= 0");
  const after = db.query<OutputRow, [number, number]>(
    `SELECT ${outputColumns} FROM outputs o WHERE id > ? ORDER BY id LIMIT ?`,
  );
  const ofSegment = db.query<OutputRow, [number, number, number]>(
    `SELECT ${outputColumns} FROM outputs o WHERE segment = ? AND id > ? ORDER BY id LIMIT ?`,
  );
  const unsettled = db.query<{ segment: number; storedBytes: number }, []>(
    "SELECT segment, sum(stored) AS storedBytes FROM outputs WHERE settled = 0 GROUP BY segment",
  );
  const unsettledOwnFile = db.query<OutputRow, []>(
    `SELECT ${outputColumns} FROM outputs o WHERE settled = 0 AND segment = 0 LIMIT 1`,
  );
  const unsettledOwnFiles = db.query<{ count: number }, []>(
    "SELECT count(*) AS count FROM outputs WHERE settled = 0 AND segment = 0",
  );
  const makeDue = db.query<null, [number]>(
    `UPDATE outputs SET settled = ${settling.due} WHERE settled = ${settling.later} AND created_ms < ?`,
  );
  const withUse = db.query<OutputWithUse, [number, number]>(
    `SELECT ${outputColumns}, coalesce((SELECT max(e.used) FROM entries e WHERE e.output = o.id),
       (SELECT max(c.put_ms) / 60000 FROM candidates c WHERE c.output = o.id)) AS lastUsed
     FROM outputs o WHERE o.id > ? ORDER BY o.id LIMIT ?`,
  );
  const insert = db.query<null, [number, Uint8Array, ...number[]]>(
    `INSERT INTO outputs (id, output, size, stored, codec, settled, kind, segment, offset, created_ms)
     VALUES (?,?,?,?,?,?,?,?,?,?)`,
  );
  const move = db.query<null, number[]>(
    "UPDATE outputs SET segment = ?, offset = ?, stored = ?, codec = ?, settled = ? WHERE id = ?",
  );
  const replace = db.query<null, number[]>(
    "UPDATE outputs SET id = ?, segment = ?, offset = ?, stored = ?, codec = ?, settled = ?, kind = ? WHERE id = ?",
  );
  const remove = db.query<null, [number]>("DELETE FROM outputs WHERE id = ?");
  return {
    output: (output) => byOutput.get(output),
    outputById: (id) => byId.get(id),
    outputIdsAbove: (id) => idsAbove.all(id).map((row) => row.id),
    outputsAfter: (id, limit) => after.all(id, limit),
    outputsOfSegment: (segment, afterId, limit) => ofSegment.all(segment, afterId, limit),
    unsettledSegments: () => unsettled.all(),
    unsettledOwnFile: () => unsettledOwnFile.get(),
    unsettledOwnFiles: () => unsettledOwnFiles.get()?.count ?? 0,
    makeDue(createdBeforeMs) {
      makeDue.run(createdBeforeMs);
    },
    outputsWithUse: (afterId, limit) => withUse.all(afterId, limit),
    insertOutput(row, createdMs) {
      const { id, output, sizeBytes, storedBytes, codec, settled, kind, segment, offset } = row;
      insert.run(id, output, sizeBytes, storedBytes, codec, settled, kind, segment, offset, createdMs);
    },
    moveOutput(id, { segment, offset, storedBytes, codec, settled }) {
      move.run(segment, offset, storedBytes, codec, settled, id);
    },
    replaceOutput(id, row) {
      const { segment, offset, storedBytes, codec, settled, kind } = row;
      replace.run(row.id, segment, offset, storedBytes, codec, settled, kind, id);
    },
    deleteOutput(id) {
      remove.run(id);
    },
  };
}
