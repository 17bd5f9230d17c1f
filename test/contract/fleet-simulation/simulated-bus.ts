/**
 * A bus as JetStream is one: the last value of each key, by its own revision, with compare and set. Followers get values
 * late, in pieces, and now and then old ones again and in another order. It checks what may be published at all.
 */

import type { Bus, BusBatch, BusPosition, BusValue, PublishResult } from "../../../src/cache/fleet/bus.ts";
import { decodeSlot } from "../../../src/cache/fleet/change.ts";
import { fleetErrors } from "../../../src/cache/fleet/errors.ts";
import { slotPrefix } from "../../../src/cache/fleet/key.ts";
import { isCovered } from "../../../src/cache/state/merge.ts";
import type { Chance } from "./chance.ts";
import type { Caller, Wires } from "./wires.ts";

export interface SimulatedBus {
  connect(caller: Caller, source: string): Bus;
  /** The bucket is lost, and made anew. */
  wipe(): void;
  /** Every value that lies there. */
  values(): readonly BusValue[];
  readonly revision: number;
  /** 0: followers get everything once and in order. */
  repeatOneIn: number;
}

export interface BusRules {
  /** Called with each slot that is written. Throws when it should not be. */
  readonly onSlot: (value: Uint8Array) => void;
}

const historyMax = 60;
const batchMax = 20;

export function createSimulatedBus(chance: Chance, wires: Wires, rules: BusRules): SimulatedBus {
  let stream = "stream 1";
  let streams = 1;
  let revision = 0;
  let held = new Map<string, BusValue>();
  let history: BusValue[] = [];
  /**
   * The highest version that an incarnation found, when it had caught up. What was replaced while it read is not of it: it
   * comes later, and a put made before it was heard is one at the same time.
   */
  const heardAtStart = new Map<string, number>();

  function checkStamps(value: Uint8Array, source: string): void {
    const { state } = decodeSlot(value);
    const start = heardAtStart.get(source) ?? Infinity;
    for (const stamp of [state.era, ...state.candidates]) {
      if (stamp.source === source && stamp.version <= start) {
        throw new Error(`${source} wrote version ${stamp.version}, but at its start the bus was at ${start}`);
      }
    }
  }

  function highestVersion(until: number): number {
    const slots = [...held.values()].filter(({ key, revision: at }) => key.startsWith(slotPrefix) && at <= until);
    const states = slots.map(({ value }) => decodeSlot(value).state);
    return Math.max(0, ...states.flatMap(({ era, candidates }) => [era, ...candidates].map(({ version }) => version)));
  }

  /** Whoever writes has merged what lay there. */
  function checkNothingLost(before: Uint8Array | undefined, value: Uint8Array): void {
    if (before === undefined || isCovered(decodeSlot(value).state, decodeSlot(before).state)) return;
    const texts = [before, value].map((each) => Buffer.from(each).toString());
    throw new Error(`a change on the bus was lost under another: ${texts.join(" under ")}`);
  }

  const bus: SimulatedBus = {
    repeatOneIn: 0,
    get revision() {
      return revision;
    },
    values: () => [...held.values()],
    wipe() {
      // Revisions go on: that a new bucket gives a number again within one request is not looked at here.
      stream = `stream ${++streams}`;
      held = new Map();
      history = [];
    },
    connect(caller, source) {
      function publish(key: string, value: Uint8Array, expected: number): PublishResult {
        const now = held.get(key);
        if ((now?.revision ?? 0) !== expected) return { kind: "conflict", held: now };
        if (key.startsWith(slotPrefix)) {
          rules.onSlot(value);
          checkStamps(value, source);
          checkNothingLost(now?.value, value);
        }
        const next = { key, value, revision: ++revision };
        held.set(key, next);
        history.push(next);
        if (history.length > historyMax) history.shift();
        return { kind: "published", revision };
      }

      /** What came after `from`, and now and then something from before. */
      function read(from: BusPosition): { values: BusValue[]; position: BusPosition } {
        if (from.stream !== "" && from.stream !== stream) {
          throw fleetErrors.error("fleet/position-gone", "simulated: another bucket");
        }
        const values = [...held.values()].filter((value) => value.revision > from.revision);
        values.sort((a, b) => a.revision - b.revision);
        const some = values.slice(0, 1 + chance.below(batchMax));
        const end = some.length < values.length ? (some.at(-1)?.revision ?? from.revision) : revision;
        const isRepeated = bus.repeatOneIn > 0 && history.length > 0 && chance.isOneIn(bus.repeatOneIn);
        const old = isRepeated ? [chance.of(history), chance.of(history)] : [];
        return {
          values: chance.isOneIn(2) ? [...old, ...some] : [...some, ...old],
          position: { stream, revision: end },
        };
      }

      async function* follow(from: BusPosition, signal: AbortSignal): AsyncGenerator<BusBatch> {
        const last = await wires.ask(caller, "bus", () => revision);
        for (let position = from; !signal.aborted;) {
          const batch = await wires.ask(caller, "bus", () => read(position));
          if (signal.aborted) return;
          position = batch.position;
          const isCaughtUp = position.revision >= last;
          if (isCaughtUp && !heardAtStart.has(source)) heardAtStart.set(source, highestVersion(position.revision));
          yield { ...batch, isCaughtUp };
        }
      }

      return {
        publish: (key, value, expected) => wires.ask(caller, "bus", () => publish(key, value, expected)),
        read: (key) => wires.ask(caller, "bus", () => held.get(key)),
        remove: (key) => wires.ask(caller, "bus", () => void held.delete(key)),
        timeMs: () => Promise.resolve(undefined),
        follow,
        close: () => Promise.resolve(),
      };
    },
  };
  return bus;
}
