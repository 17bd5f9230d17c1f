/** A new node reads an index of 100,000 entries from the bus: how long until it has all of it, and what that takes. */

import { encodeSlot } from "../../src/cache/fleet/change.ts";
import { openNatsBus } from "../../src/cache/fleet/buses/nats.ts";
import { slotBusKey } from "../../src/cache/fleet/key.ts";
import { verify } from "../measure/failure.ts";
import { memoryOf } from "../measure/own-processes.ts";
import { type FleetStage, sha256, toolchain } from "./fleet-stage.ts";

export interface CatchUp {
  readonly wallMs: number;
  readonly bytesPerEntry: number;
}

const entries = 100_000;
const atOnce = 500;

export async function measureCatchUp(stage: FleetStage): Promise<CatchUp> {
  // A node makes the bucket as nodes do, and shows what one without entries needs.
  const empty = await stage.node("empty");
  while ((await empty.metric("ballast_fleet_bus_following")) !== 1) await Bun.sleep(20);
  await Bun.sleep(1500);
  const emptyBytes = memoryOf(empty.pid)?.pssBytes ?? 0;
  await empty.stop();
  stage.note(`publishing ${entries} entries`);
  await publish(stage.busPort);
  const startedMs = performance.now();
  const node = await stage.node("late");
  while ((await node.metric("ballast_fleet_bus_following")) !== 1) await Bun.sleep(20);
  const wallMs = performance.now() - startedMs;
  verify((await node.metric("ballast_cache_entries")) === entries, "the node does not hold all entries");
  await Bun.sleep(1500);
  const bytes = (memoryOf(node.pid)?.pssBytes ?? 0) - emptyBytes;
  await node.stop();
  return { wallMs, bytesPerEntry: bytes / entries };
}

async function publish(busPort: number): Promise<void> {
  const none = { credsFile: undefined, caFile: undefined, certFile: undefined, keyFile: undefined };
  const url = `nats://127.0.0.1:${busPort}`;
  const bus = openNatsBus({ url, ...none, name: "bench", bucket: "ballast", replicas: 1, maxBytes: -1 });
  const partition = sha256(`toolchain ${toolchain}`).toString("hex");
  for (let first = 0; first < entries; first += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, (_, at) => publishOne(first + at)));
  }
  await bus.close();

  async function publishOne(number: number): Promise<void> {
    const key = { action: sha256(`late ${number}`), partition, scope: "main" };
    const candidate = {
      version: number + 1,
      source: "bench 6f1de5a0-0000-4000-8000-000000000000",
      output: sha256(`body ${number}`).toString("hex"),
      sizeBytes: 5000,
      kind: 0,
      timeNs: 1_790_000_000_000_000_000n,
      putMs: 1_790_000_000_000,
      costMs: 7,
      provenance: JSON.stringify({ run: String(Math.floor(number / 500)), repository: "example/bench", ref: "main" }),
    };
    const state = { era: { version: 0, source: "" }, candidates: [candidate] };
    const { kind } = await bus.publish(slotBusKey(key), encodeSlot({ key, state }), 0, 5000);
    verify(kind === "published", "a key was there already");
  }
}
