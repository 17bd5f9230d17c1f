/**
 * Takes what is pending to the bus: bodies first, then the slot's state, by compare and set. What the bus holds already
 * is merged and tried again, so that no change is lost under another. What waits is in the node's index, so it survives
 * the end of the process; nothing here remembers anything.
 */

import { createBatching } from "../node/batching.ts";
import type { Pending, Replica } from "../node/replica.ts";
import { isCovered } from "../state/merge.ts";
import type { SlotKey, SlotState } from "../state/slot-state.ts";
import type { BodySharing } from "./body-sharing.ts";
import type { Bus } from "./bus.ts";
import { decodeSlot, encodeSlot } from "./change.ts";
import { fleetErrors } from "./errors.ts";
import type { FleetCounts } from "./fleet-counts.ts";
import { purgeBusKey, slotBusKey } from "./key.ts";
import type { OwnEchoes } from "./own-echoes.ts";
import { encodePurge } from "./purge-change.ts";
import type { Repair } from "./repair.ts";
import { createWaking } from "./waking.ts";

export interface PublisherOptions {
  readonly replica: Replica;
  readonly bus: Bus;
  /** `undefined`: bodies are not shared, as with nodes over one disk. */
  readonly sharing: BodySharing | undefined;
  readonly counts: FleetCounts;
  readonly echoes: OwnEchoes;
  readonly onRepair: (repair: Repair) => void;
  readonly deadlineMs: number;
}

export interface Publisher {
  /**
   * Everything that is pending, and what becomes so meanwhile. Rejects with the first failure of bus or store, after what was under way has
   * ended; what failed is still pending.
   */
  publishAll(): Promise<void>;
}

/** Changes under way at once. The bus acknowledges about 20,000 a second in this way, one after another 3,000. */
const windowMax = 256;
/** Tries at one key before the others get their turn: so many nodes would have to write it at once. */
const triesMax = 32;

export function createPublisher(options: PublisherOptions): Publisher {
  const { replica } = options;
  /** Something became pending, or what was under way has ended. */
  const news = createWaking();
  replica.onPending(news.wake);
  const acknowledge = createBatching<number>((tickets) => replica.published(tickets));
  return {
    async publishAll() {
      const failures: unknown[] = [];
      let underWay = 0;
      let after = 0;

      async function attempt(pending: Pending): Promise<void> {
        underWay += 1;
        try {
          await publishOne(options, pending);
          await acknowledge(pending.ticket);
        } catch (cause) {
          failures.push(cause);
        }
        underWay -= 1;
        news.wake();
      }

      for (;;) {
        const room = failures.length > 0 ? 0 : windowMax - underWay;
        const page = room > 0 ? replica.pending(after, room) : [];
        for (const pending of page) {
          after = pending.ticket;
          void attempt(pending);
        }
        if (underWay === 0 && page.length === 0) break;
        // What becomes pending meanwhile does not wait for the slowest body of what is under way.
        await news.wait();
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

async function publishOne(options: PublisherOptions, pending: Pending): Promise<void> {
  if (pending.kind === "purge") {
    const { bus, deadlineMs, counts } = options;
    // A purge never changes: whoever published this id published this purge.
    await bus.publish(purgeBusKey(pending.purge.id), encodePurge(pending.purge), 0, deadlineMs);
    counts.published += 1;
    return;
  }
  await publishSlot(options, pending.key);
}

/**
 * Blob first, then entry: the state of a slot whose bodies the store has, all of them. A put may come while one is on its
 * way. An entry whose body is nowhere is not told, it is removed.
 */
async function sharedState(
  { replica, sharing, counts, onRepair }: PublisherOptions,
  key: SlotKey,
): Promise<SlotState | undefined> {
  for (;;) {
    const state = replica.state(key);
    const waiting = state?.candidates.find(({ output }) => !replica.isShared(output));
    if (waiting === undefined || sharing === undefined) return state;
    if (await sharing.share(waiting.output)) continue;
    const entries = replica.forgetOutput(waiting.output);
    counts.repairs += 1;
    onRepair({ output: waiting.output, entries, reason: "its body is neither here nor in the shared store" });
  }
}

async function publishSlot(options: PublisherOptions, key: SlotKey): Promise<void> {
  const { replica, bus, counts, echoes, deadlineMs } = options;
  const busKey = slotBusKey(key);
  let expectedRevision = 0;
  for (let tries = 0; tries < triesMax; tries++) {
    const state = await sharedState(options, key);
    if (state === undefined) return;
    const value = encodeSlot({ key, state });
    const result = await bus.publish(busKey, value, expectedRevision, deadlineMs);
    if (result.kind === "published") {
      echoes.add(result.revision, value);
      counts.published += 1;
      return;
    }
    expectedRevision = result.held?.revision ?? 0;
    if (result.held === undefined) continue;
    const held = decodeSlot(result.held.value);
    // Also of what covers this node's state: it must not depend on the follower, which may have passed it already.
    if (!isCovered(state, held.state)) replica.apply([held], []);
    if (isCovered(held.state, state)) return;
    counts.conflicts += 1;
  }
  throw fleetErrors.error("fleet/bus-unreachable", `${busKey} was written by others ${triesMax} times in a row`);
}
