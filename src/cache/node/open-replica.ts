import { emptyState, isCovered, isSame, mergeStates } from "../state/merge.ts";
import type { Purge } from "../state/purge.ts";
import type { SlotChange, SlotState } from "../state/slot-state.ts";
import { compareStamps, type Stamp } from "../state/stamp.ts";
import { openAges } from "./ages.ts";
import { forgetOutput } from "./forgotten-outputs.ts";
import type { DirtyRow } from "./index/slot-rows.ts";
import { addPurge, withoutPurged } from "./purges.ts";
import { createBodyKeeper, heldBody } from "./remote-bodies.ts";
import type { ApplyReport, Pending, Replica } from "./replica.ts";
import { announcePending, dropLeft, settleWrites } from "./slot-effects.ts";
import { findSlot, keyOf, readSlot, type SlotWrite, slotOf, writeSlot } from "./slot-states.ts";
import type { StoreState } from "./store-state.ts";
import { tellHeardConflict } from "./scope-comparison.ts";
import { openUnheard, restampAll, restamped, stampsOf, type Unheard } from "./restamping.ts";
import { nextEra } from "./taking-back.ts";

const positionName = "bus";
const fleetKey = "fleet";

export function openReplica(state: StoreState): Replica {
  const unheard = openUnheard(state);
  joinOrLeave(state);
  const keeper = createBodyKeeper(state);
  const ages = openAges(state);
  return {
    source: state.sourceName,
    get version() {
      return state.lamport;
    },
    onPending(listen) {
      state.onPending.push(listen);
    },
    pending: (after, limit) => state.rows.dirtyAfter(after, limit).flatMap((row) => readPending(state, row)),
    pendingCount: () => state.rows.dirtyCount(),
    published(tickets) {
      state.db.transaction(() => {
        for (const ticket of tickets) state.rows.clean(ticket);
      })();
    },
    publishAll() {
      // The bus that lost its buckets has lost the small bodies, too.
      state.rows.setAllUnshared();
      return Promise.resolve(publishAll(state));
    },
    state: (key) => knownState(state, key),
    apply: (slots, purges, position) => apply(state, unheard, slots, purges, position),
    position: () => state.rows.position(positionName),
    caughtUp() {
      if (unheard.sources.size > 0) restampAll(state, unheard);
    },
    releaseMemory() {
      if (!state.isClosed) state.db.run("PRAGMA shrink_memory");
    },
    unsharedOutputs: (limit) => state.rows.unshared(limit).map(({ output }) => output.toHex()),
    isShared: (output) => {
      const row = outputRow(state, output);
      return row !== null && !state.rows.isUnshared(row.id);
    },
    markShared(outputs) {
      state.db.transaction(() => {
        for (const output of outputs) {
          const row = outputRow(state, output);
          if (row !== null) state.rows.setShared(row.id);
        }
      })();
    },
    body: (output) => heldBody(state, output),
    ages,
    keepBody: (output, encoding, chunks) => keeper.keep(output, encoding, chunks),
    forgetOutput(output) {
      const row = outputRow(state, output);
      return row === null ? 0 : forgetOutput(state, row);
    },
  };
}

function outputRow(state: StoreState, output: string): ReturnType<StoreState["rows"]["output"]> {
  return state.rows.output(Buffer.from(output, "hex"));
}

/** What a node put while it was alone is not on any bus: all of it becomes pending when the node joins. */
function joinOrLeave(state: StoreState): void {
  const wasFleet = state.rows.meta(fleetKey) === 1;
  if (wasFleet === state.isFleet) return;
  state.rows.setMeta(fleetKey, Number(state.isFleet));
  if (!state.isFleet) return;
  state.rows.setAllUnshared();
  publishAll(state);
}

function publishAll(state: StoreState): void {
  state.rows.setAllDirty();
  announcePending(state);
}

/** A purge that has expired meanwhile is of no interest to anybody. */
function readPending(state: StoreState, row: DirtyRow): Pending[] {
  const { ticket } = row;
  if (row.purge === "") return [{ kind: "slot", key: keyOf(state, row), ticket }];
  const purge = state.purges.find(({ id }) => id === row.purge);
  if (purge !== undefined) return [{ kind: "purge", purge, ticket }];
  state.rows.clean(ticket);
  return [];
}

function knownState(state: StoreState, key: SlotChange["key"]): SlotState | undefined {
  const found = readSlot(state, findSlot(state, key));
  return found === emptyState ? undefined : found;
}

function apply(
  state: StoreState,
  unheard: Unheard,
  slots: readonly SlotChange[],
  purges: readonly Purge[],
  position: string | undefined,
): ApplyReport {
  const writes: SlotWrite[] = [];
  let corrected = 0;
  const added = state.db.transaction(() => {
    const fresh = purges.filter((purge) => addPurge(state, purge, false));
    hear(state, purges);
    for (const change of slots) {
      hear(state, stampsOf(change.state));
      corrected += applySlot(state, unheard, change, writes);
    }
    state.rows.setMeta("lamport", state.lamport);
    if (position !== undefined) state.rows.setPosition(positionName, position);
    return fresh.length;
  })();
  settleWrites(state, writes);
  dropLeft(state, writes);
  for (const write of writes) tellHeardConflict(state, write);
  if (corrected > 0) announcePending(state);
  if (added > 0) for (const listen of state.onPurge) listen();
  return { changed: writes.length, corrected };
}

/** Lamport's rule: above everything that was heard. */
function hear(state: StoreState, stamps: readonly Stamp[]): void {
  for (const { version } of stamps) if (version >= state.lamport) state.lamport = version + 1;
}

/** 1 when something purged was in it, else 0. Inside a transaction. */
function applySlot(state: StoreState, unheard: Unheard, { key, state: told }: SlotChange, writes: SlotWrite[]): number {
  const slot = slotOf(state, key);
  const before = readSlot(state, slot);
  const merged = before === emptyState ? told : mergeStates(restamped(state, unheard, before), told);
  const taken = withoutPurged(state, key, merged);
  const isCorrected = taken !== undefined;
  const after =
    taken === undefined ? merged : { ...merged, candidates: taken.left, era: nextEra(state, merged, taken.purge) };
  if (isCorrected) state.rows.setDirty(slot, "");
  // The bus has less than this node: something of it was lost there, or it is on its way.
  else if (!isCovered(told, merged)) state.rows.leaveDirty(slot);
  // Not whether `before` covers it: of two stamps of one package the lower counts, and a put that got a new stamp would
  // seem to be covered by itself with the old one, which nobody else will ever see.
  if (after === emptyState || isSame(before, after)) return Number(isCorrected);
  if (isTakenBack(before, after)) state.removals.add(slot.action, slot.scope);
  writes.push(writeSlot(state, slot, before, after));
  return Number(isCorrected);
}

/** A later era without what was the entry. */
function isTakenBack(before: SlotState, after: SlotState): boolean {
  const was = before.candidates[0];
  if (was === undefined || compareStamps(before.era, after.era) === 0) return false;
  return after.candidates.every(({ output }) => output !== was.output);
}
