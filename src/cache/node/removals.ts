/**
 * What was taken back, for runners: their own folders may hold it. Each removal has a number, the epoch; a runner says
 * the one that it knows, and hears what came after. Numbers are this index's own: a runner that comes from another node
 * says how long ago it asked, and hears what was removed since, and somewhat more.
 */

import type { StoreState } from "./store-state.ts";

/** Removals remembered; older ones are told as "everything". */
const removalsMax = 200_000;
/** A runner's folder loses by itself what was not used for five days: Go's own rule. Older removals concern nobody. */
const rememberedMs = 30 * 24 * 3_600_000;

export interface Removals {
  /** Which index counts the epochs: another one after the disk was lost. */
  readonly node: string;
  /** Inside a transaction. */
  add(action: Uint8Array, scope: number): void;
  /** The number of the last removal. */
  readonly epoch: number;
  /** Actions removed in one of these scopes after `epoch`, at most `limit`; `undefined`: it is too old to tell. */
  since(epoch: number, scopes: readonly number[], limit: number): Uint8Array[] | undefined;
  /** The last epoch before a time: removals are in the order of their times. */
  epochAt(timeMs: number): number;
  trim(): void;
}

interface Row {
  readonly epoch: number;
  readonly action: Uint8Array;
  readonly scope: number;
}

export function createRemovals({ db, options }: Pick<StoreState, "db" | "options">): Removals {
  const insert = db.query<null, [Uint8Array, number, number]>(
    "INSERT INTO removals (action, scope, removed_ms) VALUES (?,?,?)",
  );
  const ends = db.query<{ first: number | null; last: number | null }, []>(
    "SELECT min(epoch) AS first, max(epoch) AS last FROM removals",
  );
  const given = db.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'removals'");
  const after = db.query<Row, [number, number]>(
    "SELECT epoch, action, scope FROM removals WHERE epoch > ? ORDER BY epoch LIMIT ?",
  );
  const before = db.query<{ epoch: number | null }, [number]>(
    "SELECT max(epoch) AS epoch FROM removals WHERE removed_ms < ?",
  );
  const trim = db.query<null, [number, number]>("DELETE FROM removals WHERE epoch <= ? OR removed_ms < ?");
  const last = (): number => given.get()?.seq ?? 0;
  return {
    node: readNode(db),
    add(action, scope) {
      insert.run(action, scope, options.clock.nowMs());
    },
    get epoch() {
      return last();
    },
    since(epoch, scopes, limit) {
      if (epoch >= last()) return [];
      const { first } = ends.get() ?? { first: null };
      if (first === null || first > epoch + 1) return undefined;
      const found: Uint8Array[] = [];
      for (const row of after.all(epoch, removalsMax)) {
        if (scopes.includes(row.scope)) found.push(row.action);
        if (found.length > limit) return undefined;
      }
      return found;
    },
    epochAt: (timeMs) => before.get(timeMs)?.epoch ?? Math.max(0, (ends.get()?.first ?? last() + 1) - 1),
    trim() {
      trim.run(last() - removalsMax, options.clock.nowMs() - rememberedMs);
    },
  };
}

function readNode(db: StoreState["db"]): string {
  const key = "node";
  const known = db.query<{ value: string }, [string]>("SELECT value FROM meta WHERE key = ?").get(key)?.value;
  const node = known ?? crypto.randomUUID();
  if (known === undefined) db.query<null, [string, string]>("INSERT INTO meta VALUES (?, ?)").run(key, node);
  return node;
}
