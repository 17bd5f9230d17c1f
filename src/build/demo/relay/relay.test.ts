import { afterAll, expect, test } from "bun:test";
import { startRelay } from "./relay.ts";

/** Sends back what it gets, and closes when the other side does. */
const echo = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: { data: (socket, bytes) => void socket.write(bytes) },
});
/** Answers each connection with 8 MB and closes. */
const blob = new Uint8Array(8_000_000).map((_, index) => index % 251);
const giver = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(blob) });
afterAll(() => {
  echo.stop(true);
  return giver.stop(true);
});

interface Talk {
  /** Sends and waits for as many bytes back; the time it took. */
  exchange(text: string): Promise<number>;
  end(): void;
}

async function talkTo(port: number): Promise<Talk> {
  let waiting: { rest: number; done: () => void } | undefined;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        if (waiting === undefined) throw new Error("bytes that nobody asked for");
        waiting.rest -= bytes.length;
        if (waiting.rest === 0) waiting.done();
      },
    },
  });
  return {
    async exchange(text) {
      const startedMs = performance.now();
      await new Promise<void>((done) => {
        waiting = { rest: text.length, done };
        socket.write(text);
      });
      return performance.now() - startedMs;
    },
    end: () => socket.end(),
  };
}

test("a new connection's first answer takes two round trips, every other one", async () => {
  const relay = startRelay({ target: { host: "127.0.0.1", port: echo.port }, roundTripMs: 40 });
  const talk = await talkTo(relay.port);
  const times = [await talk.exchange("first"), await talk.exchange("second"), await talk.exchange("third")];
  talk.end();
  relay.stop();
  expect(times[0]).toBeGreaterThanOrEqual(78.5);
  for (const time of times.slice(1)) {
    expect(time).toBeGreaterThanOrEqual(38.5);
    expect(time).toBeLessThan(times[0] ?? 0);
  }
});

test("much goes through whole and in order, and pauses nobody for ever", async () => {
  const relay = startRelay({ target: { host: "127.0.0.1", port: giver.port ?? 0 }, roundTripMs: 10 });
  const urls = Array.from({ length: 4 }, () => `http://127.0.0.1:${relay.port}/`);
  const bodies = await Promise.all(urls.map(async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer())));
  relay.stop();
  for (const body of bodies) expect(Bun.hash(body)).toBe(Bun.hash(blob));
});

test("a limited link is shared by its connections", async () => {
  const target = { host: "127.0.0.1", port: giver.port ?? 0 };
  const relay = startRelay({ target, roundTripMs: 0, bytesPerSecond: 40_000_000 });
  const startedMs = performance.now();
  const load = async (): Promise<number> =>
    (await (await fetch(`http://127.0.0.1:${relay.port}/`)).arrayBuffer()).byteLength;
  expect(await Promise.all([load(), load()])).toEqual([blob.length, blob.length]);
  relay.stop();
  // 16 MB at 40 MB/s.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(390);
});

test("a target that is not there closes the client's connection", async () => {
  const unused = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = unused;
  unused.stop(true);
  const relay = startRelay({ target: { host: "127.0.0.1", port }, roundTripMs: 20 });
  expect(fetch(`http://127.0.0.1:${relay.port}/`)).rejects.toThrow();
  await Bun.sleep(100);
  relay.stop();
});
