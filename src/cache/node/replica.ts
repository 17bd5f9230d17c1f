/**
 * A node's index as one of many that hold the same. The fleet above drives it: it takes what is pending to the bus, and
 * brings what the bus says. The node knows neither bus nor shared store.
 *
 * Slots that changed here are written down in the same transaction as the change, so what waits for the bus is what the
 * index holds: there is no list of messages that could disagree with it.
 */

import type { Codec } from "../protocol/entry.ts";
import type { Purge } from "../state/purge.ts";
import type { SlotChange, SlotKey, SlotState } from "../state/slot-state.ts";
import type { Ages } from "./ages.ts";

/** Something that changed here and that the bus may not have yet. */
export type Pending =
  | { readonly kind: "slot"; readonly key: SlotKey; readonly ticket: number }
  | { readonly kind: "purge"; readonly purge: Purge; readonly ticket: number };

export interface ApplyReport {
  /** Slots whose state became another one. */
  readonly changed: number;
  /** Slots that held something purged: they are pending now, without it. */
  readonly corrected: number;
}

/** A body that this node holds. */
export type HeldBody =
  | { readonly codec: Codec; readonly bytes: Uint8Array }
  | { readonly codec: Codec; readonly path: string; readonly sizeBytes: number };

export interface Replica {
  /** This incarnation of this node: a new one at each start. */
  readonly source: string;
  /** Lamport's clock. */
  readonly version: number;

  /** Called after a change was committed that left something pending. It may be called often: do little. */
  onPending(listen: () => void): void;
  /** What is pending, in the order in which it became so; `after` is the ticket of the last one of the page before. */
  pending(after: number, limit: number): Pending[];
  /** How much is pending. */
  pendingCount(): number;
  /** These have reached the bus. One that changed again meanwhile has another ticket by now, and stays pending. */
  published(tickets: readonly number[]): void;
  /** Makes every slot pending: this node's entries are from before it was in a fleet, or the bus lost its bucket. */
  publishAll(): Promise<void>;

  /** `undefined`: nothing was ever known of the slot. */
  state(key: SlotKey): SlotState | undefined;
  /** Merges what was heard, in one transaction with the position. What it outdates is removed, on the disk too. */
  apply(slots: readonly SlotChange[], purges: readonly Purge[], position?: string): ApplyReport;
  /** What was last given to `apply`. */
  position(): string | undefined;
  /**
   * Everything that was on the bus has been applied: the clock has reached its highest version. What was put here since
   * the start and before now gets versions above it. Nothing may be published before this was called once.
   */
  caughtUp(): void;
  /** Gives back what a large `apply` left in the index's memory; what is needed of it is read again. */
  releaseMemory(): void;

  /** Bodies that are here and not known to be in the shared store, hex, the oldest first. */
  unsharedOutputs(limit: number): string[];
  /** Whether the shared store is known to have a body. */
  isShared(output: string): boolean;
  markShared(outputs: readonly string[]): void;
  /** A body of this node's own disk; `undefined` when it is not (or no longer) here. */
  body(output: string): HeldBody | undefined;
  /**
   * Keeps a body that the shared store sent, if it is what its id says; then lookups find it here. `hasBody` says what
   * the next `find` will give. Rejects with `protocol/body-mismatch`, `node/disk-full`.
   */
  keepBody(output: string, encoding: Codec, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** When entries were used here, and their end. */
  readonly ages: Ages;
  /** The shared store does not have this body any more, nor has this disk: every entry that names it is removed. */
  forgetOutput(output: string): number;
}
