/**
 * How far the writers of each scope are trusted. Where there is an access policy, every entry says so of its writer, and
 * a scope counts as its least trusted one: who is trusted more does not read it. A policy that is in order never comes to
 * this; it is what holds when a policy was wrong for a while.
 */

import { readTrustLevel, type TrustLevel, trustRank } from "../trust/trust-level.ts";
import type { StoreState } from "./store-state.ts";

export interface ScopeTrust {
  /** Somebody writes into a scope. Inside a transaction. */
  note(scope: number, provenanceJson: string): void;
  /** The scopes that a reader of this level may read; all of them for a reader without one. */
  readable(scopes: readonly number[], reader: TrustLevel | undefined): readonly number[];
  /** Raised with each change: whoever kept an answer asks again. */
  readonly epoch: number;
  /** After a transaction that was rolled back. */
  forget(): void;
  /** After a purge: looks through the entries again where somebody trusted less had written. */
  recompute(): void;
}

interface Row {
  readonly scope: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Writers remembered, so that a put costs no statement; there is one for each run. */
const writersMax = 20_000;

export function createScopeTrust({ db, options, provenances, scopes: names }: ScopeTrustState): ScopeTrust {
  db.run(
    "CREATE TABLE IF NOT EXISTS scope_trust (scope INTEGER PRIMARY KEY, lowest INTEGER NOT NULL, highest INTEGER NOT NULL)",
  );
  const all = db.query<Row, []>("SELECT scope, lowest, highest FROM scope_trust");
  const put = db.query<null, [number, number, number]>("INSERT OR REPLACE INTO scope_trust VALUES (?,?,?)");
  const writers = db.query<{ scope: number; provenance: number }, []>(
    "SELECT DISTINCT scope, provenance FROM entries UNION SELECT DISTINCT scope, provenance FROM candidates",
  );
  const known = new Set<string>();
  let levels = load();
  let epoch = 0;

  function load(): Map<number, Row> {
    return new Map(all.all().map((row) => [row.scope, row]));
  }

  function note(scope: number, provenanceJson: string): void {
    const key = `${scope} ${provenanceJson}`;
    if (known.has(key)) return;
    if (known.size >= writersMax) known.clear();
    known.add(key);
    const level = levelOf(provenanceJson);
    if (level === undefined) return;
    const rank = trustRank(level);
    const before = levels.get(scope) ?? { scope, lowest: rank, highest: rank };
    const row = { scope, lowest: Math.min(before.lowest, rank), highest: Math.max(before.highest, rank) };
    if (levels.has(scope) && row.lowest === before.lowest && row.highest === before.highest) return;
    put.run(scope, row.lowest, row.highest);
    levels.set(scope, row);
    epoch += 1;
    if (row.lowest === row.highest) return;
    options.log.error("a scope has writers of different trust: those who are trusted more do not read it", {
      scope: names.text(scope),
      trust: level,
    });
  }

  return {
    note,
    readable(scopes, reader) {
      if (reader === undefined || levels.size === 0) return scopes;
      const rank = trustRank(reader);
      return scopes.filter((scope) => (levels.get(scope)?.lowest ?? rank) >= rank);
    },
    get epoch() {
      return epoch;
    },
    forget() {
      known.clear();
      levels = load();
      epoch += 1;
    },
    recompute() {
      if ([...levels.values()].every(({ lowest, highest }) => lowest === highest)) return;
      db.transaction(() => {
        db.run("DELETE FROM scope_trust");
        known.clear();
        levels.clear();
        for (const { scope, provenance } of writers.all()) note(scope, provenances.text(provenance));
      })();
      epoch += 1;
    },
  };
}

type ScopeTrustState = Pick<StoreState, "db" | "options" | "provenances" | "scopes">;

/** The level that a server wrote down; none without an access policy. */
export function levelOf(provenanceJson: string): TrustLevel | undefined {
  // Most have none, and parsing costs more than looking.
  if (!provenanceJson.includes('"trust":')) return undefined;
  return readTrustLevel((JSON.parse(provenanceJson) as Record<string, unknown>)["trust"]);
}
