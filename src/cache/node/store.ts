/** What a node does, without HTTP: finds entries, takes entries, keeps itself small and right. */

import type { EntryHead, RequestContext, WireEntry } from "../protocol/entry.ts";
import type { BodyReceiver } from "./body-receiver.ts";
import type { FoundRow, OutputRow } from "./index/rows.ts";
import type { Purge } from "../state/purge.ts";
import type { ShardDigest } from "./digest.ts";
import type { ListedEntry, ListQuery } from "./listing.ts";
import type { Manifests } from "./manifests.ts";
import type { PurgeRequest } from "./purges.ts";
import type { Removals } from "./removals.ts";
import type { Replica } from "./replica.ts";
import type { RunUses, UseQuery } from "./run-uses.ts";
import type { Comparison } from "./scope-comparison.ts";
import type { SurveyPage, SurveyQuery } from "./survey.ts";
import type { StoreCounts, StoreTotals } from "./store-state.ts";
import type { ImportReport } from "./transfer/import-entries.ts";
import type { IndexMemory } from "./table/index-memory.ts";
import type { VerifyProgress } from "./verification.ts";
import type { View } from "./view.ts";

export type { FoundRow, OutputRow };

/** What became of an entry that was offered. All three mean that the slot is filled and survives `kill -9`. */
export type PutResult =
  | "stored"
  /** The slot held this output already. */
  | "known"
  /** The slot holds another output of the same compile action, which stays. */
  | "conflict";

/** What a garbage collection did. */
export interface GcReport {
  readonly entries: number;
  readonly outputs: number;
  readonly freedBytes: number;
  readonly fileBytes: number;
}

export interface KindTotals {
  readonly kind: number;
  readonly outputs: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
}

interface ScopeTotals {
  readonly scope: string;
  readonly entries: number;
}

export interface StoreStats extends StoreTotals {
  readonly fileBytes: number;
  readonly kinds: readonly KindTotals[];
  readonly scopes: readonly ScopeTotals[];
  readonly counts: Readonly<StoreCounts>;
}

export interface Store {
  /**
   * What a request may read and write. Keep it for further requests with the same context. `reads` are the scopes that
   * it may read, most trusted first; without it the ancestors and its own.
   */
  view(context: RequestContext, reads?: readonly string[]): View;
  /** The entry of the most trusted scope that has one. */
  find(view: View, action: Uint8Array): FoundRow | undefined;
  /** Says that these actions, one behind the other, are asked for next: all together they come sooner. */
  expect(view: View, actions: Uint8Array): void;
  findOutput(output: Uint8Array): OutputRow | undefined;
  /** The scopes, at most a thousand, in which an entry names this output. */
  scopesOf(row: OutputRow): string[];
  /**
   * The stored bytes, in `into` if that is given and large enough. `undefined`: they are gone, and so is the entry.
   */
  read(row: OutputRow, into?: Buffer): Buffer | undefined;
  /** The file of a body that has one of its own, to be served as a file. */
  ownFile(row: OutputRow): string | undefined;
  /** Offers an entry, or with the codec `absent` a link. Rejects with `protocol/body-mismatch`, `node/output-unknown`, `node/disk-full`. */
  put(view: View, entry: WireEntry): Promise<PutResult>;
  /** Takes a body of unknown length in pieces; `finish` is the put. */
  receive(view: View, head: EntryHead, encoding: WireEntry["codec"]): BodyReceiver;
  /** The absence set of a view; `undefined` when it can read nothing at all. */
  absence(view: View): Promise<Uint8Array | undefined>;
  /** What runs used, for the next runs of their jobs. */
  readonly manifests: Manifests;
  /** Which runs were given which entries. */
  uses(query: UseQuery): Promise<RunUses[]>;
  /** Who wrote what, by action. */
  survey(query: SurveyQuery): Promise<SurveyPage>;
  /** Called when a put agrees or disagrees with what another scope or writer holds. */
  onComparison(listen: (found: Comparison) => void): void;
  stats(): StoreStats;
  list(query: ListQuery): Promise<ListedEntry[]>;
  /** Removes the entries that the request names, then their bodies; and keeps out what of it arrives later. */
  purge(request: PurgeRequest): Promise<GcReport>;
  /** The purges that stand. */
  purges(): readonly Purge[];
  /** A digest for each of 256 shards of the index. */
  digest(): Promise<ShardDigest[]>;
  /** What was taken back, for runners. */
  readonly removals: Removals;
  /** This index as one of many. */
  readonly replica: Replica;
  /** Removes what is too old and what is too much, and compacts everything worth it. */
  gc(): Promise<GcReport>;
  /** Hashes every body again. What is wrong is dropped. */
  verify(): AsyncGenerator<VerifyProgress>;
  /** A copy of all of it while it works, as a tar archive. Rejects with `node/backup-under-way`. */
  backup(): AsyncGenerator<Uint8Array>;
  /** The entries of one scope for another installation, as frames. */
  exportScope(scope: string): AsyncGenerator<Uint8Array>;
  /** Takes what `exportScope` of another one made into a scope. Rejects as `put` does, and with `protocol/malformed`. */
  importEntries(scope: string, chunks: AsyncIterable<Uint8Array>): Promise<ImportReport>;
  readonly counts: Readonly<StoreCounts>;
  readonly totals: Readonly<StoreTotals>;
  /** What of the index is in memory. */
  readonly memory: Pick<IndexMemory, "count" | "bytes">;
  /** Bytes on disk, without the index. */
  fileBytes(): number;
  /** Whether it can serve: open, and its index not damaged. */
  isReady(): boolean;
  close(): Promise<void>;
}
