/**
 * `kill -9` at random moments under load. What was acknowledged is there afterwards, byte for byte; every start is
 * clean; and what was under way is there whole or not at all.
 */

import { expect, test } from "bun:test";
import { join } from "node:path";
import { encodeEnd, encodeEntry } from "../../src/cache/protocol/frame.ts";
import { codec, type WireEntry } from "../../src/cache/protocol/entry.ts";
import { createClient, entryOf, serve, temporaryFolder } from "./serve-fixture.ts";

const kills = Number(process.env["BALLAST_TEST_KILLS"] ?? 55);
const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 31);
const writers = 4;

/** Bytes that do not compress, from which bodies are cut. */
const noise = Buffer.concat(Array.from({ length: 32 }, () => crypto.getRandomValues(new Uint8Array(65_536))));

/** The body of a name, which tells its length, so that it can be made again for the comparison. */
function bodyOf(name: string): Buffer {
  const sizeBytes = Number(name.split(" ")[1]);
  const body = Buffer.alloc(sizeBytes, `${name} again and `);
  // Half of it does not compress, as in an archive; the rest begins with the name, so that all differ.
  const start = Math.min(sizeBytes, name.length);
  noise.copy(
    body,
    start,
    Bun.hash.crc32(name) % 1_000_000,
    (Bun.hash.crc32(name) % 1_000_000) + ((sizeBytes - start) >> 1),
  );
  return body;
}

/** Uniform numbers from 0 to 1 that a seed repeats (mulberry32). */
function createRandom(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Load {
  /** Names whose put was answered with success. */
  readonly acknowledged: Set<string>;
  /** Names whose put was begun and not answered. */
  readonly unanswered: Set<string>;
  failures: number;
}

type Client = ReturnType<typeof createClient>;

/** Puts, in all the ways there are, until the server is gone. */
async function write(client: Client, load: Load, label: string, random: () => number): Promise<void> {
  for (let i = 0; ; i++) {
    const way = random();
    const names =
      way < 0.5
        ? Array.from({ length: 20 }, (_, j) => nameOf(`${label}.${i}.${j}`, random))
        : [nameOf(`${label}.${i}`, random)];
    const sent = way > 0.95 ? [`${label}.${i}L ${1_200_000 + Math.floor(random() * 500_000)}`] : names;
    for (const name of sent) load.unanswered.add(name);
    try {
      const isDone = way < 0.5 ? await sendBatch(client, sent) : await sendOne(client, sent[0]!, random() < 0.5);
      if (!isDone) load.failures += 1;
    } catch {
      // The connection broke: the server was killed. Nothing was promised.
      return;
    }
    for (const name of sent) {
      load.unanswered.delete(name);
      load.acknowledged.add(name);
    }
    // Enough for a put to be under way at nearly any moment, without filling the disk.
    await Bun.sleep(random() * 30);
  }
}

function nameOf(label: string, random: () => number): string {
  return `${label} ${Math.floor(random() ** 3 * 40_000)}`;
}

async function sendBatch(client: Client, names: readonly string[]): Promise<boolean> {
  const entries: WireEntry[] = names.map((name, i) => {
    const body = bodyOf(name);
    return i % 2 === 0
      ? entryOf(name, body)
      : { ...entryOf(name, body), codec: codec.zstd, body: Bun.zstdCompressSync(body) };
  });
  const body = Buffer.concat([...entries.map(encodeEntry), encodeEnd()]);
  const response = await client.request("/v1/entries", { method: "POST", body });
  const answer = (await response.json()) as { stored: number; refused: unknown[] };
  return response.status === 200 && answer.refused.length === 0;
}

async function sendOne(client: Client, name: string, isPacked: boolean): Promise<boolean> {
  const body = bodyOf(name);
  const response = isPacked
    ? await client.put(name, body, { "content-encoding": "zstd" }, Bun.zstdCompressSync(body))
    : await client.put(name, body);
  await response.arrayBuffer();
  return response.ok;
}

/** How many of the names are there, whole. Fails when one that is there has other bytes. */
async function countHeld(client: Client, names: readonly string[]): Promise<number> {
  let held = 0;
  for (let at = 0; at < names.length; at += 500) {
    const found = await client.lookup(names.slice(at, at + 500));
    for (const [name, entry] of found) {
      if (entry === undefined) continue;
      const bytes = entry.codec === codec.absent ? await (await client.get(name)).bytes() : decode(entry);
      expect(bodyOf(name).equals(bytes)).toBe(true);
      held += 1;
    }
  }
  return held;
}

function decode(entry: WireEntry): Uint8Array {
  return entry.codec === codec.zstd ? Bun.zstdDecompressSync(entry.body) : entry.body;
}

test(`killed ${kills} times under load, nothing acknowledged is lost (seed ${seed})`, async () => {
  const folder = temporaryFolder();
  const random = createRandom(seed);
  const flags = ["--scrub-rate", "50MB"];
  const acknowledged: string[] = [];
  const startMs: number[] = [];
  try {
    for (let kill = 0; kill < kills; kill++) {
      const began = performance.now();
      const server = await serve(join(folder.path, "data"), flags);
      startMs.push(performance.now() - began);
      const client = createClient(server.url);
      const load: Load = { acknowledged: new Set(), unanswered: new Set(), failures: 0 };
      const writing = Promise.all(
        Array.from({ length: writers }, (_, i) => write(client, load, `${kill}.${i}`, random)),
      );
      // Some kills come at once, some during maintenance, which starts after two seconds.
      await Bun.sleep(random() < 0.1 ? 2000 + random() * 300 : random() * 500);
      await server.end("SIGKILL");
      await writing;
      expect(load.failures).toBe(0);
      acknowledged.push(...load.acknowledged);
      await checkAfter(join(folder.path, "data"), [...load.acknowledged], [...load.unanswered], random() < 0.5);
    }
    const last = await serve(join(folder.path, "data"), flags);
    const sample = acknowledged.filter(() => random() < Math.min(1, 20_000 / acknowledged.length));
    expect(await countHeld(createClient(last.url), sample)).toBe(sample.length);
    expect(await last.end("SIGTERM")).toBe(0);
    const median = startMs.toSorted((a, b) => a - b)[startMs.length >> 1];
    process.stderr.write(
      `  ${acknowledged.length} puts acknowledged over ${kills} kills; median start ${median?.toFixed(0)} ms; seed ${seed}\n`,
    );
    expect(acknowledged.length).toBeGreaterThan(kills * 10);
  } finally {
    folder.remove();
  }
}, 280_000);

/** The start after a kill: clean, and with everything that was promised. Ends it cleanly, or leaves that to the next kill. */
async function checkAfter(
  data: string,
  promised: readonly string[],
  open: readonly string[],
  isCleanEnd: boolean,
): Promise<void> {
  const server = await serve(data);
  const client = createClient(server.url);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect(await countHeld(client, promised)).toBe(promised.length);
  await countHeld(client, open);
  await server.end(isCleanEnd ? "SIGTERM" : "SIGKILL");
  const problems = (await server.stderr()).split("\n").filter((line) => /"level":"(warn|error)"/.test(line));
  expect(problems).toEqual([]);
}
