/** What the bus promises, on a real JetStream server, and what it does when that goes away or is another one. */

import { afterAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import { type Bus, type BusBatch, type BusPosition, busStart } from "../../src/cache/fleet/bus.ts";
import { followStream } from "../../src/cache/fleet/buses/nats-follow.ts";
import { openNatsBus } from "../../src/cache/fleet/buses/nats.ts";
import { testWith } from "../with-component.ts";
import { codeOf } from "../failure-code.ts";
import { type FleetServer, startNats } from "./fleet-servers.ts";
import { startRelay } from "./relay.ts";

const endings: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const end of endings.toReversed()) await end();
});

const deadlineMs = 3000;
const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();

let server: Promise<FleetServer> | undefined;
function serverOf(component: string): Promise<FleetServer> {
  server ??= startNats(component).then((started) => {
    endings.push(() => started.end());
    return started;
  });
  return server;
}

let buckets = 0;
function open(url: string, bucket = `test-${buckets++}`, maxBytes = -1): Bus {
  const none = { credsFile: undefined, caFile: undefined, certFile: undefined, keyFile: undefined };
  const bus = openNatsBus({ url, ...none, name: "test", bucket, replicas: 1, maxBytes });
  endings.push(() => bus.close());
  return bus;
}

interface Followed {
  readonly values: Map<string, string>;
  readonly position: BusPosition;
}

/** Everything up to the mark that says that nothing older is left. */
async function readUp(bus: Bus, from: BusPosition = busStart): Promise<Followed> {
  const values = new Map<string, string>();
  const stop = new AbortController();
  for await (const batch of bus.follow(from, stop.signal)) {
    for (const { key, value } of batch.values) values.set(key, text(value));
    if (!batch.isCaughtUp) continue;
    stop.abort();
    return { values, position: batch.position };
  }
  throw new Error("the following ended by itself");
}

async function published(bus: Bus, key: string, value: string, expected = 0): Promise<number> {
  const result = await bus.publish(key, Buffer.from(value), expected, deadlineMs);
  if (result.kind !== "published") throw new Error(`${key} was there already`);
  return result.revision;
}

testWith(
  "nats-server",
  "a key is written by whoever knows what lies there; all others are told what does",
  async (at) => {
    const bus = open((await serverOf(at)).url);
    const first = await published(bus, "e.00.a", "1");
    const conflict = await bus.publish("e.00.a", Buffer.from("2"), 0, deadlineMs);
    expect(conflict).toMatchObject({ kind: "conflict", held: { key: "e.00.a", revision: first } });
    expect(text(conflict.kind === "conflict" ? conflict.held?.value : undefined)).toBe("1");
    const second = await published(bus, "e.00.a", "2", first);
    expect(second).toBeGreaterThan(first);
    expect(text((await bus.read("e.00.a", deadlineMs))?.value)).toBe("2");
    expect(await bus.read("e.00.b", deadlineMs)).toBeUndefined();
  },
);

testWith("nats-server", "of fifty that write one key at once exactly one wins each time", async (at) => {
  const { url } = await serverOf(at);
  const buses = [open(url, "shared"), open(url, "shared")] as const;
  let revision = 0;
  for (let round = 0; round < 5; round++) {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, who) =>
        buses[who % 2]!.publish("k", Buffer.from(`${round}/${who}`), revision, deadlineMs),
      ),
    );
    const won = results.filter((result) => result.kind === "published");
    expect(won).toHaveLength(1);
    revision = won[0]?.revision ?? 0;
  }
});

testWith(
  "nats-server",
  "a follower gets the last value of each key, then each new one, from where it stopped",
  async (at) => {
    const bus = open((await serverOf(at)).url);
    let revision = await published(bus, "x", "old");
    revision = await published(bus, "x", "new", revision);
    for (let key = 0; key < 3000; key++) await published(bus, `k.${key}`, String(key));
    const all = await readUp(bus);
    expect(all.values.size).toBe(3001);
    expect(all.values.get("x")).toBe("new");
    await published(bus, "x", "newer", revision);
    const rest = await readUp(bus, all.position);
    expect([...rest.values]).toEqual([["x", "newer"]]);
    expect((await readUp(bus, rest.position)).values.size).toBe(0);

    const live = Promise.withResolvers<BusBatch>();
    const stop = new AbortController();
    const following = (async () => {
      for await (const batch of bus.follow(rest.position, stop.signal)) {
        if (batch.values.length > 0) live.resolve(batch);
      }
    })();
    await Bun.sleep(100);
    await published(bus, "later", "1");
    expect((await live.promise).values.map(({ key }) => key)).toEqual(["later"]);
    stop.abort();
    await following;
  },
);

testWith("nats-server", "an empty bucket has been caught up with at once", async (at) => {
  expect((await readUp(open((await serverOf(at)).url))).values.size).toBe(0);
});

testWith("nats-server", "a bucket that was made anew, or is shorter than it was, is not continued", async (at) => {
  const { url } = await serverOf(at);
  const bus = open(url, "renewed");
  await published(bus, "a", "1");
  const { position } = await readUp(bus);
  expect(await codeOf(() => readUp(bus, { ...position, revision: position.revision + 5 }))).toBe("fleet/position-gone");

  const stop = new AbortController();
  const following = codeOf(async () => {
    for await (const _ of bus.follow(position, stop.signal));
  });
  const admin = await connect({ servers: url });
  await (await jetstreamManager(admin)).streams.delete("KV_renewed");
  await published(open(url, "renewed"), "b", "2");
  expect(["fleet/position-gone", "fleet/bus-unreachable"]).toContain(await following);
  expect(await codeOf(() => readUp(bus, position))).toBe("fleet/position-gone");
  expect([...(await readUp(bus)).values]).toEqual([["b", "2"]]);
  await admin.close();
});

testWith(
  "nats-server",
  "a bucket that is written to while it is asked about is not taken for a shorter one",
  async (at) => {
    const { url } = await serverOf(at);
    const bus = open(url, "growing");
    await published(bus, "k.0", "0");
    const connection = await connect({ servers: url });
    endings.push(() => connection.close());
    const manager = await jetstreamManager(connection);
    // What a busy server's answer does: it is outdated when it comes.
    const info = async (name: string): Promise<StreamInfo> => {
      const found = await manager.streams.info(name);
      await Bun.sleep(500);
      return found;
    };
    const bucket = {
      connection,
      js: jetstream(connection),
      manager: { streams: { info } } as unknown as typeof manager,
      stream: "KV_growing",
      prefix: "$KV.growing.",
      publisher: { publish: () => Promise.reject(new Error("nobody publishes here")) },
    };
    const seen = new Set<string>();
    const stop = new AbortController();
    const following = codeOf(async () => {
      for await (const { values } of followStream(bucket, busStart, stop.signal)) {
        for (const { key } of values) seen.add(key);
      }
    });
    const endMs = performance.now() + 3500;
    for (let number = 1; performance.now() < endMs; number++) {
      await published(bus, `k.${number}`, "x");
      await Bun.sleep(20);
    }
    stop.abort();
    expect(await following).toBe("no failure");
    expect(seen.size).toBeGreaterThan(50);
  },
);

testWith("nats-server", "a bucket that is full refuses, and says that it is full", async (at) => {
  const bus = open((await serverOf(at)).url, "small", 20_000);
  const codes: string[] = [];
  for (let key = 0; key < 10; key++) {
    codes.push(await codeOf(() => bus.publish(`k.${key}`, Buffer.alloc(4000), 0, deadlineMs)));
  }
  expect(codes[0]).toBe("no failure");
  expect(codes.at(-1)).toBe("fleet/bus-full");
});

testWith(
  "nats-server",
  "a server that is not there, or hangs, costs the deadline; when it is back all goes on",
  async (at) => {
    expect(await codeOf(() => open("nats://127.0.0.1:1").read("a", 500))).toBe("fleet/bus-unreachable");
    const own = await startNats(at);
    endings.push(() => own.end());
    const relay = await startRelay(own.port);
    endings.push(() => relay.close());
    const bus = open(`nats://127.0.0.1:${relay.port}`);
    await published(bus, "a", "1");
    const seen: string[] = [];
    const stop = new AbortController();
    const { position } = await readUp(bus);
    const begun = Promise.withResolvers<void>();
    const followOn = async (from: BusPosition): Promise<void> => {
      for await (const batch of bus.follow(from, stop.signal)) {
        seen.push(...batch.values.map(({ key }) => key));
        if (batch.isCaughtUp) begun.resolve();
      }
    };
    const following = (async () => {
      // A bus that is away ends the following: whoever follows begins again.
      while (!stop.signal.aborted) await followOn(position).catch(() => Bun.sleep(100));
    })();
    await begun.promise;
    await Bun.sleep(100);
    relay.stall();
    const startedMs = performance.now();
    expect(await codeOf(() => bus.publish("b", Buffer.from("2"), 0, 500))).toBe("fleet/bus-unreachable");
    expect(performance.now() - startedMs).toBeLessThan(2000);
    relay.mend();
    relay.cut();
    await own.kill();
    expect(await codeOf(() => bus.publish("c", Buffer.from("3"), 0, 500))).toBe("fleet/bus-unreachable");
    await own.start();
    relay.mend();
    const deadline = performance.now() + 15_000;
    while ((await codeOf(() => published(bus, "d", "4"))) !== "no failure") {
      if (performance.now() > deadline) throw new Error("the bus did not come back");
      if ((await bus.read("d", 500).catch(() => undefined)) !== undefined) break;
      await Bun.sleep(100);
    }
    while (!seen.includes("d") && performance.now() < deadline) await Bun.sleep(50);
    expect(seen).toContain("d");
    stop.abort();
    await following;
  },
);

testWith("nats-server", "user and password, a token, and who has neither", async (at) => {
  const config = join(process.env["TMPDIR"] ?? "/tmp", `nats-${process.pid}.conf`);
  writeFileSync(config, `authorization { users = [{ user: "node", password: "p@ss" }] }\n`);
  const own = await startNats(at, ["-c", config]);
  endings.push(() => own.end());
  const address = `127.0.0.1:${own.port}`;
  const good = open(`nats://node:p%40ss@${address}`);
  await published(good, "a", "1");
  expect(await codeOf(() => open(`nats://node:wrong@${address}`).read("a", deadlineMs))).toBe("fleet/bus-refused");
  expect(await codeOf(() => open(`nats://${address}`).read("a", deadlineMs))).toBe("fleet/bus-refused");
  const withToken = await startNats(at, ["--auth", "a-token"]);
  endings.push(() => withToken.end());
  await published(open(`nats://a-token@127.0.0.1:${withToken.port}`), "a", "1");
});

test("an address that is none is refused before anything is asked", async () => {
  for (const url of ["", "http://x", "nats://", "nats://a:1,x"]) {
    expect(await codeOf(() => open(url).read("a", 200))).toBe("fleet/bus-invalid");
  }
});
