import type { Database } from "bun:sqlite";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { Purge } from "../state/purge.ts";
import type { BodyStore } from "./body-store.ts";
import type { DigestSums } from "./digest.ts";
import type { Names } from "./index/names.ts";
import type { Rows } from "./index/rows.ts";
import type { Removals } from "./removals.ts";
import type { Comparison } from "./scope-comparison.ts";
import type { ScopeTrust } from "./scope-trust.ts";
import type { IndexMemory } from "./table/index-memory.ts";

export interface StoreOptions {
  /** The data folder; made when missing. */
  readonly folder: string;
  /** Bytes on disk that garbage collection keeps to. */
  readonly maxSizeBytes: number;
  /** What the disk of the folder has, asked again and again. */
  readonly diskSpace: () => DiskSpace;
  /** Entries that nobody used for so long are removed. */
  readonly maxAgeMs: number;
  readonly log: Logger;
  readonly clock: Clock;
  /** Bytes a second that the background check reads; 0 turns it off. */
  readonly scrubBytesPerSecond: number;
  /** Segments end at this size; tests take small ones. */
  readonly segmentBytes: number;
  /** Bodies that take at least this much have a file of their own. */
  readonly ownFileBytes: number;
  /** Memory for entries, from which lookups are answered; what has no room is looked up in the index. */
  readonly lookupBytes: number;
  /** False: nothing happens by itself, only by `gc` and `verify`. For tests. */
  readonly maintains: boolean;
  /** This node is one of several that share their entries, under this name. */
  readonly fleet?: FleetMember | undefined;
}

export interface FleetMember {
  readonly name: string;
  /** What tells this start of the node from all others; random when it is not given. For tests. */
  readonly incarnation?: string;
}

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What happened since the start. */
export interface StoreCounts {
  hits: number;
  misses: number;
  stored: number;
  known: number;
  conflicts: number;
  /** Compiled packages that differ from another scope's. */
  scopeConflicts: number;
  /** Entries of somebody less trusted that a trusted job's put agreed with. */
  reproduced: number;
  links: number;
  /** Bodies refused because their hash or size was wrong. */
  mismatches: number;
  /** Bodies that were found damaged in the store and dropped. */
  damaged: number;
  evictedEntries: number;
  evictedOutputs: number;
  scrubbedBytes: number;
  commits: number;
}

/** What is there now. */
export interface StoreTotals {
  entries: number;
  outputs: number;
  rawBytes: number;
  storedBytes: number;
}

export interface StoreState {
  readonly options: StoreOptions;
  readonly db: Database;
  readonly rows: Rows;
  readonly bodies: BodyStore;
  readonly scopes: Names;
  readonly partitions: Names;
  readonly provenances: Names;
  readonly sources: Names;
  /** This incarnation of this node, as `sources` has it. */
  readonly sourceName: string;
  readonly isFleet: boolean;
  /** What stands purged. */
  readonly purges: Purge[];
  /** Those that have not yet been applied to everything that is here, by their ids. */
  readonly unswept: Map<string, Purge>;
  readonly digest: DigestSums;
  readonly removals: Removals;
  /** Called when something was left to be published. */
  readonly onPending: (() => void)[];
  /** Called when a purge came from elsewhere. */
  readonly onPurge: (() => void)[];
  readonly scopeTrust: ScopeTrust;
  /** Called when an entry agrees or disagrees with what somebody else wrote. */
  readonly onComparison: ((found: Comparison) => void)[];
  readonly counts: StoreCounts;
  readonly totals: StoreTotals;
  /** Entries for each scope and partition, under `pairKey`. */
  readonly pairs: Map<string, number>;
  readonly memory: IndexMemory;
  /** Outputs that were written shortly before an unclean end and are not yet checked. */
  readonly suspects: Set<number>;
  readonly wasUnclean: boolean;
  /** Called for each entry that is new in its slot. */
  readonly onEntry: ((action: Uint8Array, scope: number, partition: number) => void)[];
  /** Row numbers of outputs are never reused: `suspects` and the horizon count on it. */
  nextOutputId: number;
  /** This node's Lamport clock. */
  lamport: number;
  /** This node in `sources`. */
  source: number;
  /** Whether any slot has outputs beside its entry: nearly always none has, and nobody needs to look. */
  hasCandidates: boolean;
  /** Something was written since the last sync. */
  isDirty: boolean;
  isClosed: boolean;
  /** What SQLite said when it found the index damaged. */
  damage: string | undefined;
}

export function pairKey(scope: number, partition: number): string {
  return `${scope}/${partition}`;
}

export function parsePairKey(key: string): { readonly scope: number; readonly partition: number } {
  const [scope, partition] = key.split("/").map(Number);
  return { scope: scope ?? 0, partition: partition ?? 0 };
}

export function countPair(state: StoreState, scope: number, partition: number, by: number): void {
  const key = pairKey(scope, partition);
  const count = (state.pairs.get(key) ?? 0) + by;
  if (count > 0) state.pairs.set(key, count);
  else state.pairs.delete(key);
  state.totals.entries += by;
}

export function nowMinute(state: StoreState): number {
  return Math.floor(state.options.clock.nowMs() / 60_000);
}

export function zeroCounts(): StoreCounts {
  return {
    hits: 0,
    misses: 0,
    stored: 0,
    known: 0,
    conflicts: 0,
    scopeConflicts: 0,
    reproduced: 0,
    links: 0,
    mismatches: 0,
    damaged: 0,
    evictedEntries: 0,
    evictedOutputs: 0,
    scrubbedBytes: 0,
    commits: 0,
  };
}
