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

/**
 * Beyond these the least recently written ones go. Of 2,000 runners in a simulated day (docs/scale.md) 18 % of the runs
 * found no manifest where a node kept 500.
 */
const manifestsMax = 10_000;
const manifestBytesMax = 512 * 1024 * 1024;
/** To look for what is too old costs a walk over all of them. */
const trimEvery = 500;
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
const familyIndex =
  "CREATE INDEX IF NOT EXISTS manifests_by_family ON manifests (scope, partition, image, family, updated_ms)";

export function createManifests(state: StoreState): Manifests {
  const { db } = state;
  db.run(schema);
  db.run(familyIndex);
  const { ofJob, ofFamily, put } = prepareRows(db);

  /** The reader's own scope first: it is the closest. */
  function closest(view: View, of: OfName, name: string): Row | undefined {
    const [partition, image] = view.partitions;
    for (const scope of view.scopes.toReversed()) {
      const row = of(scope, partition, image, name);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** Inside a transaction. */
  function numbersOf(view: View, scope: string): [number, number, number] {
    const [partition, image] = view.partitionKeys.map((key) => state.partitions.intern(key)) as [number, number];
    return [state.scopes.intern(scope), partition, image];
  }

  return {
    find(view, job) {
      const row = closest(view, ofJob, job.job) ?? closest(view, ofFamily, job.family);
      if (row === undefined) return undefined;
      const gains = row.job === job.job ? (JSON.parse(row.gains) as RunGain[]) : [];
      return { actions: Buffer.from(row.actions), gains };
    },
    keep(view, job, actions, gain) {
      db.transaction(() => {
        const [scope, partition, image] = numbersOf(view, view.context.scope);
        const known = ofJob(scope, partition, image, job.job);
        const kept = actions ?? known?.actions;
        if (kept === undefined) return;
        const gains = [gain, ...(known === undefined ? [] : (JSON.parse(known.gains) as RunGain[]))].slice(0, gainsMax);
        const nowMs = state.options.clock.nowMs();
        put(scope, partition, image, job.job, job.family, job.revision, nowMs, kept, JSON.stringify(gains));
      })();
    },
    newestMs(view, scopeName, by, name) {
      const [partition, image] = view.partitions;
      const of = by === "job" ? ofJob : ofFamily;
      return of(state.scopes.find(scopeName), partition, image, name)?.updated_ms ?? 0;
    },
    adopt(view, scopeName, { job: of, actions, gains, updatedMs }) {
      db.transaction(() => {
        const [scope, partition, image] = numbersOf(view, scopeName);
        put(scope, partition, image, of.job, of.family, of.revision, updatedMs, actions, JSON.stringify(gains));
      })();
    },
  };
}

/** The newest one of a scope. */
type OfName = (scope: number, partition: number, image: number, name: string) => Row | undefined;

function prepareRows(db: Database): {
  readonly ofJob: OfName;
  readonly ofFamily: OfName;
  readonly put: (...row: (number | string | Uint8Array)[]) => void;
} {
  const prepareOf = (column: string): OfName => {
    const select = db.query<Row, [number, number, number, string]>(
      `SELECT job, updated_ms, actions, gains FROM manifests
       WHERE scope = ? AND partition = ? AND image = ? AND ${column} = ? ORDER BY updated_ms DESC LIMIT 1`,
    );
    return (scope, partition, image, name) => select.get(scope, partition, image, name) ?? undefined;
  };
  const insert = db.query<null, (number | string | Uint8Array)[]>(
    "INSERT OR REPLACE INTO manifests VALUES (?,?,?,?,?,?,?,?,?)",
  );
  const trim = db.query<null, [number, number]>(
    `DELETE FROM manifests WHERE (scope, partition, image, job) IN (SELECT scope, partition, image, job FROM
     (SELECT scope, partition, image, job, row_number() OVER newest AS number, sum(length(actions)) OVER newest AS bytes
      FROM manifests WINDOW newest AS (ORDER BY updated_ms DESC, scope, job ROWS UNBOUNDED PRECEDING))
     WHERE number > ? OR bytes > ?)`,
  );
  let written = 0;
  return {
    ofJob: prepareOf("job"),
    ofFamily: prepareOf("family"),
    put(...row) {
      insert.run(...row);
      if (written++ % trimEvery === 0) trim.run(manifestsMax, manifestBytesMax);
    },
  };
}
