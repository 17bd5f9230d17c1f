/** A shared store that loses requests and answers, sends damaged bytes, and now and then loses a body for good. */

import type { SharedBody, SharedStore } from "../../../src/cache/fleet/shared-store.ts";
import type { Chance } from "./chance.ts";
import type { Caller, Wires } from "./wires.ts";

export interface SimulatedStore {
  connect(caller: Caller): SharedStore;
  has(output: string): boolean;
  /** Loses a body. */
  loseOne(): void;
  /** 0: bytes arrive as they lie there. */
  damageOneIn: number;
  readonly lost: ReadonlySet<string>;
}

interface Body {
  readonly codec: SharedBody["codec"];
  readonly bytes: Uint8Array;
}

export function createSimulatedStore(chance: Chance, wires: Wires): SimulatedStore {
  const bodies = new Map<string, Body>();
  const lost = new Set<string>();
  const store: SimulatedStore = {
    damageOneIn: 0,
    lost,
    has: (output) => bodies.has(output),
    loseOne() {
      if (bodies.size === 0) return;
      const output = chance.of([...bodies.keys()]);
      bodies.delete(output);
      lost.add(output);
    },
    connect(caller) {
      function damaged(bytes: Uint8Array): Uint8Array {
        const isDamaged = store.damageOneIn > 0 && bytes.length > 0 && chance.isOneIn(store.damageOneIn);
        const copy = new Uint8Array(bytes);
        const at = isDamaged ? chance.below(copy.length) : 0;
        if (isDamaged) copy[at] = (copy[at] as number) ^ (1 + chance.below(255));
        return copy;
      }
      return {
        put: (output, encoding, body) =>
          wires.ask(caller, "store", () => {
            if (!(body instanceof Uint8Array)) throw new Error("the simulation's bodies are small");
            if (!bodies.has(output)) bodies.set(output, { codec: encoding, bytes: new Uint8Array(body) });
            lost.delete(output);
          }),
        get: (output) =>
          wires.ask(caller, "store", () => {
            const body = bodies.get(output);
            if (body === undefined) return undefined;
            const bytes = damaged(body.bytes);
            return { codec: body.codec, storedBytes: bytes.length, bytes: streamOf(bytes) };
          }),
        has: (output) => wires.ask(caller, "store", () => bodies.has(output)),
        delete: (output) =>
          wires.ask(caller, "store", () => {
            bodies.delete(output);
            lost.add(output);
          }),
        close: () => Promise.resolve(),
      };
    },
  };
  return store;
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
