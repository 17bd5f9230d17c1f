/**
 * Manifests: what a run used, in order, kept under its job's name for the next run of that job.
 *
 * A manifest obeys the scopes like any entry: a reader gets one of its own scope or of an ancestor's. It holds
 * actions only; what these map to is looked up when it is used, so it can be outdated but never wrong.
 */

import type { Database } from "bun:sqlite";
import type { RunGain, RunJob } from "../protocol/run.ts";
import type { StoreState } from "./store-state.ts";
import type { View } from "./view.ts";

/** Beyond this the least recently written ones go: 500 of 2,000 actions take 32 MB. */
const manifestsMax = 500;
/** Runs that the verdict looks back on. */
const gainsMax = 5;

export interface Manifest {
  /** Action ids end to end, in the order of first use. */
  readonly actions: Buffer;
  /** Of the last runs of this very job, the newest first. */
  readonly gains: readonly RunGain[];
}

export interface Manifests {
  /** The manifest of this job, or else the newest of its family. */
  find(view: View, job: RunJob): Manifest | undefined;
  /** Keeps a run's manifest; without `actions` only what the run gained. */
  keep(view: View, job: RunJob, actions: Buffer | undefined, gain: RunGain): void;
  /** When the newest manifest of a scope, by its job's or its family's name, was kept where it was; 0: there is none. */
  newestMs(view: View, scope: string, by: "job" | "family", name: string): number;
  /** Keeps what another node told of one of the scopes that the view reads. */
  adopt(view: View, scope: string, told: Manifest & { readonly job: RunJob; readonly updatedMs: number }): void;
}

interface Row {
  readonly scope: number;
  readonly job: string;
  readonly updated_ms: number;
  readonly actions: Uint8Array;
  readonly gains: string;
}

const schema = `
CREATE TABLE IF NOT EXISTS manifests (
  scope INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  image INTEGER NOT NULL,
  job TEXT NOT NULL,
  family TEXT NOT NULL,
  revision TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  actions BLOB NOT NULL,
  gains TEXT NOT NULL,
  PRIMARY KEY (scope, partition, image, job)
) WITHOUT ROWID`;

export function createManifests(state: StoreState): Manifests {
  const { db } = state;
  db.run(schema);
  const { ofJob, ofFamily, put } = prepareRows(db);

  /** The reader's own scope first: it is the closest. */
  function closest(view: View, rows: readonly Row[]): Row | undefined {
    const nearestFirst = view.scopes.toReversed();
    const readable = rows.filter((row) => nearestFirst.includes(row.scope));
    return readable.toSorted((a, b) => nearestFirst.indexOf(a.scope) - nearestFirst.indexOf(b.scope))[0];
  }

  function findRow(view: View, job: RunJob): Row | undefined {
    const [partition, image] = view.partitions;
    const exact = closest(view, ofJob(partition, image, job.job));
    return exact ?? closest(view, ofFamily(partition, image, job.family));
  }

  /** Inside a transaction. */
  function numbersOf(view: View, scope: string): [number, number, number] {
    const [partition, image] = view.partitionKeys.map((key) => state.partitions.intern(key)) as [number, number];
    return [state.scopes.intern(scope), partition, image];
  }

  return {
    find(view, job) {
      const row = findRow(view, job);
      if (row === undefined) return undefined;
      const gains = row.job === job.job ? (JSON.parse(row.gains) as RunGain[]) : [];
      return { actions: Buffer.from(row.actions), gains };
    },
    keep(view, job, actions, gain) {
      db.transaction(() => {
        const [scope, partition, image] = numbersOf(view, view.context.scope);
        const known = ofJob(partition, image, job.job).find((row) => row.scope === scope);
        const kept = actions ?? known?.actions;
        if (kept === undefined) return;
        const gains = [gain, ...(known === undefined ? [] : (JSON.parse(known.gains) as RunGain[]))].slice(0, gainsMax);
        const nowMs = state.options.clock.nowMs();
        put(scope, partition, image, job.job, job.family, job.revision, nowMs, kept, JSON.stringify(gains));
      })();
    },
    newestMs(view, scopeName, by, name) {
      const [partition, image] = view.partitions;
      const scope = state.scopes.find(scopeName);
      const rows = (by === "job" ? ofJob : ofFamily)(partition, image, name).filter((row) => row.scope === scope);
      return rows[0]?.updated_ms ?? 0;
    },
    adopt(view, scopeName, { job: of, actions, gains, updatedMs }) {
      db.transaction(() => {
        const [scope, partition, image] = numbersOf(view, scopeName);
        put(scope, partition, image, of.job, of.family, of.revision, updatedMs, actions, JSON.stringify(gains));
      })();
    },
  };
}

type OfName = (partition: number, image: number, name: string) => Row[];

/** The statements; the newest rows first. */
function prepareRows(db: Database): {
  readonly ofJob: OfName;
  readonly ofFamily: OfName;
  readonly put: (...row: (number | string | Uint8Array)[]) => void;
} {
  const prepareOf = (column: string): OfName => {
    const select = db.query<Row, [number, number, string]>(
      `SELECT scope, job, updated_ms, actions, gains FROM manifests
       WHERE partition = ? AND image = ? AND ${column} = ? ORDER BY updated_ms DESC LIMIT 20`,
    );
    return (partition, image, name) => select.all(partition, image, name);
  };
  const insert = db.query<null, (number | string | Uint8Array)[]>(
    "INSERT OR REPLACE INTO manifests VALUES (?,?,?,?,?,?,?,?,?)",
  );
  const trim = db.query<null, [number]>(
    `DELETE FROM manifests WHERE (scope, partition, image, job) IN
     (SELECT scope, partition, image, job FROM manifests ORDER BY updated_ms DESC LIMIT -1 OFFSET ?)`,
  );
  return {
    ofJob: prepareOf("job"),
    ofFamily: prepareOf("family"),
    put(...row) {
      insert.run(...row);
      trim.run(manifestsMax);
    },
  };
}
