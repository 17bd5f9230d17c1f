/** What a store of the ledger does; `stores/` holds one file for each, and test/contract/ledger.test.ts what they promise. */

import type { LedgerEvent, StoredEvent } from "./event.ts";

/**
 * What became of an event: `added`; `known`, the same event was there; `conflict`, another event has its key and
 * stays.
 */
export type AppendOutcome = "added" | "known" | "conflict";

export interface EventQuery {
  readonly name?: string | undefined;
  /** Attributes that must be there with exactly these values. */
  readonly where?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Event times, the first included, the last not. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** Only events with a greater `seq`: for those who follow. */
  readonly afterSeq?: number | undefined;
  /** By `seq`. */
  readonly order: "oldest" | "newest";
  /** At most `eventLimits.page`. */
  readonly limit: number;
}

/** Append-only: nothing here changes or removes an event, and the tables themselves refuse it. */
export interface LedgerStore {
  /**
   * Records events in their order, all or none. One outcome for each.
   * Throws `ledger/event-invalid`, `ledger/unreachable`, `ledger/full`, `ledger/damaged`.
   */
  append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]>;
  find(query: EventQuery): Promise<readonly StoredEvent[]>;
  get(key: string): Promise<StoredEvent | undefined>;
  close(): Promise<void>;
}
