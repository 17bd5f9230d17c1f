/**
 * Which runs were given which entries: what must be known when an entry turns out to be bad. A hit costs a copy of 16
 * bytes, half of the action's id and half of the output's; they are written in batches, and the oldest runs go first.
 */

import type { FoundRow } from "./index/rows.ts";
import type { StoreState } from "./store-state.ts";
import type { View } from "./view.ts";

/** Bytes of all lists together: 2,000 runs of 2,000 entries. */
const keptBytesMax = 64 * 1024 * 1024;
const useBytes = 16;
const halfBytes = 8;
/** Uses of one run that wait in memory before they are written. */
const waitingMax = 4096;
/** Room for uses at first; it doubles. */
const firstRoom = 128;
/** Runs whose uses wait at the same time. */
const runsMax = 2000;
/** Runs in an answer. */
const answerRunsMax = 1000;

export interface RunUse {
  /** The first 16 hex digits of the id. */
  readonly action: string;
  readonly output: string;
}

/** A run, or a part of one, that was given entries. */
export interface RunUses {
  readonly scope: string;
  readonly provenance: Readonly<Record<string, string>>;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly uses: readonly RunUse[];
}

export interface UseRecorder {
  add(view: View, action: Uint8Array, row: FoundRow): void;
  /** Writes what waits, and forgets the oldest beyond the limit. */
  flush(): void;
  /** Runs that match: by the run's id, or by the beginning of an action or an output, hex. With `run` the uses are told. */
  find(query: UseQuery): Promise<RunUses[]>;
}

export type UseQuery = { readonly run: string } | { readonly action: string } | { readonly output: string };

interface Waiting {
  readonly view: View;
  bytes: Buffer;
  readonly firstMs: number;
  count: number;
}

interface Row {
  readonly id: number;
  readonly provenance: number;
  readonly scope: string;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly uses: Uint8Array;
}

const schema = `CREATE TABLE IF NOT EXISTS run_uses (
  id INTEGER PRIMARY KEY,
  provenance INTEGER NOT NULL,
  scope TEXT NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  uses BLOB NOT NULL
)`;

export function createUseRecorder(state: Pick<StoreState, "db" | "options" | "provenances">): UseRecorder {
  const { db, options, provenances } = state;
  const kept = openUseTable(state);
  const waiting = new Map<View, Waiting>();
  let last: Waiting | undefined;

  function flush(): void {
    if (waiting.size === 0) return;
    db.transaction(() => {
      for (const one of waiting.values()) kept.write(one, options.clock.nowMs());
      kept.trim();
    })();
    waiting.clear();
    last = undefined;
  }

  function begin(view: View): Waiting {
    if (waiting.size >= runsMax) flush();
    const one = { view, bytes: Buffer.allocUnsafe(firstRoom * useBytes), firstMs: options.clock.nowMs(), count: 0 };
    waiting.set(view, one);
    return one;
  }

  return {
    flush,
    add(view, action, row) {
      const one = last?.view === view ? last : (waiting.get(view) ?? begin(view));
      last = one;
      const at = one.count * useBytes;
      if (at === one.bytes.length) one.bytes = Buffer.concat([one.bytes, Buffer.allocUnsafe(at)]);
      const { bytes } = one;
      const { output } = row;
      // Byte by byte: views of both ids and a copy cost five times as much.
      for (let i = 0; i < halfBytes; i++) {
        bytes[at + i] = action[i] as number;
        bytes[at + halfBytes + i] = output[i] as number;
      }
      one.count += 1;
      if (one.count === waitingMax) flush();
    },
    async find(query) {
      flush();
      const found: RunUses[] = [];
      const matches = matcher(query);
      for await (const row of kept.all()) {
        const provenance = parseProvenance(provenances.text(row.provenance));
        const uses = matches(provenance, row.uses);
        if (uses === undefined) continue;
        found.push({ scope: row.scope, provenance, firstMs: row.first_ms, lastMs: row.last_ms, uses });
        if (found.length === answerRunsMax) break;
      }
      return found;
    },
  };
}

interface UseTable {
  write(one: Waiting, nowMs: number): void;
  /** Forgets the oldest beyond the limit. */
  trim(): void;
  /** The oldest first. */
  all(): AsyncGenerator<Row>;
}

function openUseTable({ db, provenances }: Pick<StoreState, "db" | "provenances">): UseTable {
  db.run(schema);
  const insert = db.query<null, [number, string, number, number, Uint8Array]>(
    "INSERT INTO run_uses (provenance, scope, first_ms, last_ms, uses) VALUES (?,?,?,?,?)",
  );
  const page = db.query<Row, [number]>("SELECT * FROM run_uses WHERE id > ? ORDER BY id LIMIT 50");
  const total = db.query<{ bytes: number | null }, []>("SELECT sum(length(uses)) AS bytes FROM run_uses");
  const oldest = db.query<{ id: number; bytes: number }, []>(
    "SELECT id, length(uses) AS bytes FROM run_uses ORDER BY id LIMIT 100",
  );
  const remove = db.query<null, [number]>("DELETE FROM run_uses WHERE id <= ?");
  let keptBytes = total.get()?.bytes ?? 0;
  return {
    write({ view, bytes, count, firstMs }, lastMs) {
      const uses = withoutRepeats(bytes.subarray(0, count * useBytes));
      insert.run(provenances.intern(view.provenanceJson), view.context.scope, firstMs, lastMs, uses);
      keptBytes += uses.length;
    },
    trim() {
      while (keptBytes > keptBytesMax) {
        const rows = oldest.all();
        const last = rows.at(-1);
        if (last === undefined) return;
        remove.run(last.id);
        keptBytes -= rows.reduce((sum, { bytes }) => sum + bytes, 0);
      }
    },
    async *all() {
      for (let after = 0; ;) {
        const rows = page.all(after);
        yield* rows;
        const last = rows.at(-1);
        if (last === undefined) return;
        after = last.id;
        // Lists of 50 runs are some megabytes: requests come first.
        await Bun.sleep(0);
      }
    },
  };
}

/** The uses that are asked for; `undefined` for a run that has none of them. */
type Matcher = (provenance: Readonly<Record<string, string>>, uses: Uint8Array) => RunUse[] | undefined;

function matcher(query: UseQuery): Matcher {
  if ("run" in query) {
    return (provenance, uses) => (provenance["run"] === query.run ? decodeUses(uses) : undefined);
  }
  const [id, offset] = "action" in query ? [query.action, 0] : [query.output, halfBytes];
  const wanted = Buffer.from(id.slice(0, halfBytes * 2), "hex");
  return (_provenance, uses) => {
    const bytes = Buffer.from(uses.buffer, uses.byteOffset, uses.length);
    for (let at = 0; at < bytes.length; at += useBytes) {
      const half = bytes.subarray(at + offset, at + offset + wanted.length);
      if (half.equals(wanted)) return decodeUses(bytes.subarray(at, at + useBytes));
    }
    return undefined;
  };
}

function decodeUses(uses: Uint8Array): RunUse[] {
  const text = Buffer.from(uses.buffer, uses.byteOffset, uses.length).toString("hex");
  return Array.from({ length: uses.length / useBytes }, (_, i) => {
    const at = i * useBytes * 2;
    return { action: text.slice(at, at + useBytes), output: text.slice(at + useBytes, at + useBytes * 2) };
  });
}

function withoutRepeats(bytes: Buffer): Uint8Array {
  const seen = new Set<number>();
  let to = 0;
  for (let at = 0; at < bytes.length; at += useBytes) {
    // 26 bits of each: that two uses of one run are taken for one is one in a billion.
    const key = (bytes.readUInt32LE(at) >>> 6) * 0x4000000 + (bytes.readUInt32LE(at + halfBytes) >>> 6);
    if (seen.has(key)) continue;
    seen.add(key);
    bytes.copyWithin(to, at, at + useBytes);
    to += useBytes;
  }
  return Uint8Array.from(bytes.subarray(0, to));
}

function parseProvenance(json: string): Readonly<Record<string, string>> {
  return json === "" ? {} : (JSON.parse(json) as Record<string, string>);
}
