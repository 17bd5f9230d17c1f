import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readAbsenceSet } from "../../src/cache/protocol/absence.ts";
import { codec } from "../../src/cache/protocol/entry.ts";
import { openStore } from "../../src/cache/node/open-store.ts";
import { hasCode } from "../../src/core/errors.ts";
import { silentLogger } from "../../src/core/logger.ts";
import { systemClock } from "../../src/core/clock.ts";
import {
  bodyOf,
  context,
  entryOf,
  type Fixture,
  headOf,
  noiseOf,
  openFixture,
  packageBody,
  readRaw,
  receive,
  sha256,
  zstdEntryOf,
} from "./store-fixture.ts";

let fixture: Fixture;

beforeEach(() => {
  fixture = openFixture();
});

afterEach(async () => {
  await fixture.dispose();
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no failure";
  } catch (cause) {
    return (cause as { code?: string }).code ?? String(cause);
  }
}

function packFiles(): string[] {
  const folder = join(fixture.folder, "segments");
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

function largeFiles(): string[] {
  const folder = join(fixture.folder, "large");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));
}

describe("put and find", () => {
  test("gives back what was put, with its time, cost and kind", async () => {
    const view = fixture.store.view(context("main"));
    const body = packageBody("one");
    expect(await fixture.store.put(view, entryOf("a", body))).toBe("stored");
    const row = fixture.store.find(view, sha256("a"));
    expect(row).toMatchObject({
      sizeBytes: body.length,
      time_s: 1_790_000_000,
      time_ns: 123_456_789,
      cost_ms: 7,
      kind: 1,
    });
    expect(sha256(body).equals(row!.output)).toBe(true);
    expect(readRaw(fixture.store, view, "a")).toEqual(body);
    expect(fixture.store.find(view, sha256("b"))).toBeUndefined();
    expect(fixture.store.counts).toMatchObject({ hits: 2, misses: 1, stored: 1 });
  });

  test.each([0, 1, 199, 12_000, 40_000])("keeps bodies of %d bytes, plain and zstd", async (sizeBytes) => {
    const view = fixture.store.view(context("main"));
    const [plain, packed] = [bodyOf("plain", sizeBytes), bodyOf("packed", sizeBytes)];
    await Promise.all([
      fixture.store.put(view, entryOf("p", plain)),
      fixture.store.put(view, zstdEntryOf("z", packed)),
    ]);
    expect(readRaw(fixture.store, view, "p")).toEqual(plain);
    expect(readRaw(fixture.store, view, "z")).toEqual(packed);
    await fixture.reopen();
    const again = fixture.store.view(context("main"));
    expect(readRaw(fixture.store, again, "p")).toEqual(plain);
    expect(readRaw(fixture.store, again, "z")).toEqual(packed);
  });

  test("stores one body once, however many entries name it", async () => {
    const body = bodyOf("shared", 5000);
    const [main, change] = [fixture.store.view(context("main")), fixture.store.view(context("pr/1"))];
    const results = await Promise.all([
      fixture.store.put(main, entryOf("a", body)),
      fixture.store.put(main, entryOf("b", body)),
      fixture.store.put(change, zstdEntryOf("a", body)),
      fixture.store.put(main, entryOf("a", body)),
    ]);
    expect(results).toEqual(["stored", "stored", "stored", "known"]);
    expect(fixture.store.totals).toMatchObject({ entries: 3, outputs: 1, rawBytes: 5000 });
  });

  test("a link needs its output", async () => {
    const view = fixture.store.view(context("main"));
    const body = bodyOf("linked", 300);
    const link = entryOf("a", body, { codec: codec.absent, body: new Uint8Array(0) });
    const linked = { ...link, output: sha256(body), sizeBytes: body.length };
    expect(await codeOf(fixture.store.put(view, linked))).toBe("node/output-unknown");
    await fixture.store.put(view, entryOf("b", body));
    expect(await fixture.store.put(view, linked)).toBe("stored");
    expect(readRaw(fixture.store, view, "a")).toEqual(body);
  });

  test("an entry that is refused does not take others of its turn with it", async () => {
    const view = fixture.store.view(context("main"));
    const body = bodyOf("x", 300);
    const results = await Promise.all([
      codeOf(fixture.store.put(view, entryOf("bad", body, { output: sha256("other") }))),
      codeOf(
        fixture.store.put(
          view,
          entryOf("link", body, { codec: codec.absent, body: new Uint8Array(0), output: sha256("no") }),
        ),
      ),
      fixture.store.put(view, entryOf("good", body)),
    ]);
    expect(results).toEqual(["protocol/body-mismatch", "node/output-unknown", "stored"]);
  });
});

describe("whose entry it is", () => {
  test("a scope reads itself and its ancestors, the most trusted first, and nothing else", async () => {
    const main = fixture.store.view(context("main"));
    const change = fixture.store.view(context("pr/1", { ancestors: ["main"] }));
    const other = fixture.store.view(context("pr/2", { ancestors: ["main"] }));
    await fixture.store.put(change, entryOf("a", bodyOf("from the change", 100)));
    expect(readRaw(fixture.store, main, "a")).toBeUndefined();
    expect(readRaw(fixture.store, other, "a")).toBeUndefined();
    expect(readRaw(fixture.store, change, "a")).toEqual(bodyOf("from the change", 100));
    await fixture.store.put(main, entryOf("a", bodyOf("from main", 100)));
    for (const view of [main, change, other]) {
      expect(readRaw(fixture.store, view, "a")).toEqual(bodyOf("from main", 100));
    }
  });

  test("an action that very many scopes hold is found in each of them", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `pr/${i}`);
    for (const name of names) {
      await fixture.store.put(fixture.store.view(context(name)), entryOf("a", bodyOf(name, 100)));
    }
    const body = (scope: string, ancestors: string[] = []): unknown =>
      readRaw(fixture.store, fixture.store.view(context(scope, { ancestors })), "a");
    for (const name of names) expect(body(name)).toEqual(bodyOf(name, 100));
    expect(body("pr/39", ["none", "pr/20", "pr/3"])).toEqual(bodyOf("pr/20", 100));
    expect(body("main", ["none"])).toBeUndefined();
  });

  test("toolchains are apart, and images where the partition says so", async () => {
    const base = fixture.store.view(context("main"));
    const toolchain = fixture.store.view(context("main", { toolchain: "c".repeat(64) }));
    const image = fixture.store.view(context("main", { image: "d".repeat(64) }));
    await fixture.store.put(base, entryOf("plain", bodyOf("plain", 100), { partition: 0 }));
    await fixture.store.put(base, entryOf("cgo", bodyOf("cgo", 100), { partition: 1 }));
    expect([base, toolchain, image].map((view) => readRaw(fixture.store, view, "plain") !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
    expect([base, toolchain, image].map((view) => readRaw(fixture.store, view, "cgo") !== undefined)).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("of two compiled packages in one slot the first stays, and it is told", async () => {
    const view = fixture.store.view(context("main"));
    await fixture.store.put(view, entryOf("a", packageBody("first")));
    expect(await fixture.store.put(view, entryOf("a", packageBody("second")))).toBe("conflict");
    expect(readRaw(fixture.store, view, "a")).toEqual(packageBody("first"));
    expect(fixture.store.counts.conflicts).toBe(1);
    expect(fixture.lines.join("")).toContain("two outputs for one compile action");
  });

  test("of other kinds the last stays, and a later time of the same output counts", async () => {
    const view = fixture.store.view(context("main"));
    const [first, second] = [bodyOf("first", 100), bodyOf("second", 100)];
    await fixture.store.put(view, entryOf("a", first));
    expect(await fixture.store.put(view, entryOf("a", second))).toBe("stored");
    expect(await fixture.store.put(view, entryOf("a", second, { timeNs: 1_790_000_001_000_000_002n }))).toBe("known");
    expect(fixture.store.find(view, sha256("a"))).toMatchObject({ time_s: 1_790_000_001, time_ns: 2 });
    expect(readRaw(fixture.store, view, "a")).toEqual(second);
    expect(fixture.store.totals.entries).toBe(1);
  });
});

describe("bodies that are not what they say", () => {
  const body = bodyOf("honest", 9000);
  const bomb = Bun.zstdCompressSync(Buffer.alloc(50_000_000));
  const cases = {
    "another hash": entryOf("a", body, { output: sha256("other") }),
    "too short": entryOf("a", body, { sizeBytes: 9001 }),
    "too long": entryOf("a", body, { sizeBytes: 8999 }),
    "one bit flipped": entryOf("a", flipped(body), { output: sha256(body) }),
    "a truncated zstd body": zstdEntryOf("a", body, { body: Bun.zstdCompressSync(body).subarray(0, 40) }),
    "a zstd body that is none": zstdEntryOf("a", body, { body: body }),
    "a bomb": zstdEntryOf("a", body, { body: bomb }),
  };

  test.each(Object.entries(cases))("%s is refused, counted and not stored", async (_name, entry) => {
    const view = fixture.store.view(context("main"));
    expect(await codeOf(fixture.store.put(view, entry))).toBe("protocol/body-mismatch");
    expect(fixture.store.counts).toMatchObject({ mismatches: 1, stored: 0 });
    expect(fixture.store.totals.outputs).toBe(0);
    expect(fixture.store.find(view, sha256("a"))).toBeUndefined();
  });

  test("also when the right body is there already", async () => {
    const view = fixture.store.view(context("main"));
    await fixture.store.put(view, entryOf("a", body));
    expect(await codeOf(fixture.store.put(view, entryOf("b", flipped(body), { output: sha256(body) })))).toBe(
      "protocol/body-mismatch",
    );
  });

  test("a window larger than 16 MiB is refused", async () => {
    const { zstdCompressSync, constants } = await import("node:zlib");
    const noise = noiseOf("window", 1000);
    const params = {
      [constants.ZSTD_c_windowLog]: 27,
      [constants.ZSTD_c_enableLongDistanceMatching]: 1,
      [constants.ZSTD_c_contentSizeFlag]: 0,
    };
    const wide = zstdCompressSync(noise, { params });
    const view = fixture.store.view(context("main"));
    const result = await codeOf(fixture.store.put(view, zstdEntryOf("a", noise, { body: wide })));
    // Where the library writes a smaller window for so little data there is nothing to refuse.
    expect(["protocol/body-mismatch", "no failure"]).toContain(result);
  });
});

function flipped(body: Uint8Array): Buffer {
  const copy = Buffer.from(body);
  copy[4000] = copy[4000]! ^ 1;
  return copy;
}

describe("bodies that come in pieces", () => {
  test.each([
    ["small", 5000, codec.identity],
    ["small, zstd", 5000, codec.zstd],
    ["large", 300_000, codec.identity],
    ["large, zstd", 300_000, codec.zstd],
  ] as const)("%s", async (_name, sizeBytes, encoding) => {
    const view = fixture.store.view(context("main"));
    const body = noiseOf("pieces", sizeBytes);
    const encoded = encoding === codec.zstd ? Bun.zstdCompressSync(body) : body;
    expect(await receive(fixture.store, view, headOf("a", body), encoded, encoding)).toBe("stored");
    expect(readRaw(fixture.store, view, "a")).toEqual(body);
    expect(await receive(fixture.store, view, headOf("a", body), encoded, encoding)).toBe("known");
    const row = fixture.store.find(view, sha256("a"));
    expect(fixture.store.ownFile(row!) !== undefined).toBe(sizeBytes > 32 * 1024);
    expect(readdirSync(join(fixture.folder, "tmp"))).toEqual([]);
  });

  test("what is wrong leaves nothing behind", async () => {
    const view = fixture.store.view(context("main"));
    const body = noiseOf("wrong", 300_000);
    const packed = Bun.zstdCompressSync(body);
    const head = headOf("a", body);
    const wrong = { ...head, output: sha256("other") };
    const attempts: [typeof head, Uint8Array, 0 | 1][] = [
      [wrong, body, 0],
      [wrong, packed, 1],
      [head, body.subarray(0, 200_000), 0],
      [head, packed.subarray(0, 200_000), 1],
      [head, Buffer.concat([body, body]), 0],
      [{ ...head, sizeBytes: 299_999 }, packed, 1],
      [head, Bun.zstdCompressSync(noiseOf("long", 3_000_000)), 1],
      [head, body, 1],
    ];
    for (const [claimed, encoded, encoding] of attempts) {
      expect(await codeOf(receive(fixture.store, view, claimed, encoded, encoding))).toBe("protocol/body-mismatch");
    }
    expect(fixture.store.counts.mismatches).toBe(attempts.length);
    expect(fixture.store.totals.outputs).toBe(0);
    expect(readdirSync(join(fixture.folder, "tmp"))).toEqual([]);
  });

  test("two of one output at once, encoded differently", async () => {
    const view = fixture.store.view(context("main"));
    const body = noiseOf("twice", 200_000);
    const results = await Promise.all([
      receive(fixture.store, view, headOf("a", body), body, codec.identity),
      receive(fixture.store, view, headOf("b", body), Bun.zstdCompressSync(body), codec.zstd),
    ]);
    expect(results).toEqual(["stored", "stored"]);
    expect(readRaw(fixture.store, view, "a")).toEqual(body);
    expect(readRaw(fixture.store, view, "b")).toEqual(body);
    expect(largeFiles()).toHaveLength(1);
  });
});

describe("the absence set", () => {
  test("never says that something is absent which is there, from before and from now on", async () => {
    const change = fixture.store.view(context("pr/1", { ancestors: ["main"] }));
    expect(await fixture.store.absence(change)).toBeUndefined();
    const main = fixture.store.view(context("main"));
    for (let i = 0; i < 300; i++) await fixture.store.put(main, entryOf(`m${i}`, bodyOf(`m${i}`, 10)));
    await fixture.store.absence(change);
    for (let i = 0; i < 3000; i += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, j) => fixture.store.put(change, entryOf(`c${i + j}`, bodyOf("c", 10)))),
      );
    }
    const set = readAbsenceSet((await fixture.store.absence(change))!);
    const held = [
      ...Array.from({ length: 300 }, (_, i) => `m${i}`),
      ...Array.from({ length: 3000 }, (_, i) => `c${i}`),
    ];
    expect(held.filter((action) => !set.mayHold(sha256(action)))).toEqual([]);
    const others = Array.from({ length: 10_000 }, (_, i) => `other ${i}`);
    expect(others.filter((action) => set.mayHold(sha256(action))).length).toBeLessThan(300);
  });

  test("knows nothing of what the view may not read", async () => {
    await fixture.store.put(fixture.store.view(context("pr/1")), entryOf("a", bodyOf("a", 10)));
    expect(await fixture.store.absence(fixture.store.view(context("main")))).toBeUndefined();
  });
});

describe("damage", () => {
  test("bytes that changed on the disk are found by a check and dropped", async () => {
    const view = fixture.store.view(context("main"));
    await fixture.store.put(view, entryOf("bad", noiseOf("bad", 1000)));
    await fixture.store.put(view, entryOf("good", noiseOf("good", 1000)));
    await receive(
      fixture.store,
      view,
      headOf("large", noiseOf("large", 90_000)),
      noiseOf("large", 90_000),
      codec.identity,
    );
    const pack = packFiles()[0]!;
    const bytes = readFileSync(pack);
    bytes[bytes.indexOf(noiseOf("bad", 1000))]! ^= 1;
    writeFileSync(pack, bytes);
    truncateSync(largeFiles()[0]!, 89_999);
    let last: unknown;
    for await (const progress of fixture.store.verify()) last = progress;
    expect(last).toMatchObject({ outputs: 3, damaged: 2 });
    expect(["bad", "good", "large"].map((action) => readRaw(fixture.store, view, action) !== undefined)).toEqual([
      false,
      true,
      false,
    ]);
    expect(fixture.lines.join("")).toContain("a stored body was damaged and has been dropped");
  });

  test("a file that is gone is a miss", async () => {
    const view = fixture.store.view(context("main"));
    const body = noiseOf("gone", 90_000);
    await receive(fixture.store, view, headOf("a", body), body, codec.identity);
    rmSync(largeFiles()[0]!);
    expect(readRaw(fixture.store, view, "a")).toBeUndefined();
    expect(fixture.store.find(view, sha256("a"))).toBeUndefined();
    expect(fixture.store.totals).toMatchObject({ entries: 0, outputs: 0 });
  });

  test.each([
    ["garbage", (path: string) => writeFileSync(path, noiseOf("garbage", 50_000))],
    ["empty", (path: string) => writeFileSync(path, "")],
    ["gone", (path: string) => rmSync(path)],
    ["cut in half", (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096)],
  ])("an index that is %s means an empty cache, not a failure", async (_name, damage) => {
    const view = fixture.store.view(context("main"));
    for (let i = 0; i < 200; i++) await fixture.store.put(view, entryOf(`a${i}`, bodyOf(`a${i}`, 300)));
    await fixture.reopen();
    await fixture.store.close();
    rmSync(join(fixture.folder, "index.sqlite-wal"), { force: true });
    damage(join(fixture.folder, "index.sqlite"));
    writeFileSync(join(fixture.folder, "running"), "running\n");
    await fixture.reopen();
    expect(fixture.store.totals).toMatchObject({ entries: 0, outputs: 0 });
    const again = fixture.store.view(context("main"));
    expect(await fixture.store.put(again, entryOf("b", bodyOf("b", 300)))).toBe("stored");
    expect(readRaw(fixture.store, again, "b")).toEqual(bodyOf("b", 300));
    expect(packFiles()).toHaveLength(1);
  });

  test("an index from the future is refused and left alone", async () => {
    await fixture.store.close();
    const db = new Database(join(fixture.folder, "index.sqlite"));
    db.run("PRAGMA user_version = 99");
    db.close();
    expect(await codeOf(fixture.reopen())).toBe("node/data-too-new");
    const other = new Database(join(fixture.folder, "index.sqlite"));
    expect(other.query("PRAGMA user_version").get()).toEqual({ user_version: 99 });
    other.run("PRAGMA user_version = 2");
    other.close();
    await fixture.reopen();
  });

  test("a second store on the folder is refused", () => {
    const options = {
      folder: fixture.folder,
      maxSizeBytes: 1,
      maxAgeMs: 1,
      diskSpace: () => ({ freeBytes: 1, totalBytes: 1 }),
      scrubBytesPerSecond: 0,
      lookupBytes: 1e6,
      segmentBytes: 1,
      ownFileBytes: 1,
    };
    let failure: unknown;
    try {
      openStore({ ...options, maintains: false, log: silentLogger, clock: systemClock });
    } catch (cause) {
      failure = cause;
    }
    expect(hasCode(failure, "node/folder-in-use")).toBe(true);
  });
});

describe("an unclean end", () => {
  test("loses nothing that was acknowledged", async () => {
    const view = fixture.store.view(context("main"));
    await Promise.all(
      Array.from({ length: 500 }, (_, i) => fixture.store.put(view, entryOf(`a${i}`, bodyOf(`a${i}`, 700)))),
    );
    const large = noiseOf("large", 90_000);
    await receive(fixture.store, view, headOf("large", large), large, codec.identity);
    await fixture.crash();
    const again = fixture.store.view(context("main"));
    for (let i = 0; i < 500; i++) expect(readRaw(fixture.store, again, `a${i}`)).toEqual(bodyOf(`a${i}`, 700));
    expect(fixture.store.counts.damaged).toBe(0);
  });

  test("bytes that a power loss took are dropped, and nothing is written in their place", async () => {
    const view = fixture.store.view(context("main"));
    for (let i = 0; i < 20; i++) await fixture.store.put(view, entryOf(`a${i}`, noiseOf(`a${i}`, 1000)));
    await fixture.crash((folder) => truncateSync(join(folder, "segments", "00000001.pack"), 10_000));
    const again = fixture.store.view(context("main"));
    await fixture.store.put(again, entryOf("new", noiseOf("new", 9000)));
    const kept = Array.from({ length: 20 }, (_, i) => readRaw(fixture.store, again, `a${i}`));
    for (const [i, body] of kept.entries()) if (body !== undefined) expect(body).toEqual(noiseOf(`a${i}`, 1000));
    expect(kept.filter((body) => body !== undefined)).toHaveLength(9);
    // The index expected bodies where the file now ends: a new one there could be taken for them.
    expect(packFiles()).toHaveLength(2);
    expect(readRaw(fixture.store, again, "new")).toEqual(noiseOf("new", 9000));
  });

  test("zeros where a body should be are dropped at the first read", async () => {
    const view = fixture.store.view(context("main"));
    await fixture.store.put(view, entryOf("a", noiseOf("a", 1000)));
    await fixture.crash((folder) => {
      const pack = join(folder, "segments", "00000001.pack");
      writeFileSync(pack, Buffer.alloc(statSync(pack).size));
    });
    expect(fixture.store.find(fixture.store.view(context("main")), sha256("a"))).toBeUndefined();
    expect(fixture.store.counts.damaged).toBe(1);
  });
});

describe("garbage collection", () => {
  const minutes = (count: number): number => count * 60_000;

  test("removes what was used least recently until the limit is kept", async () => {
    await fixture.reopen({ maxSizeBytes: 100_000 });
    const view = fixture.store.view(context("main"));
    for (let i = 0; i < 20; i++) {
      await fixture.store.put(view, entryOf(`a${i}`, noiseOf(`a${i}`, 10_000)));
      fixture.clock.advance(minutes(20));
    }
    for (const used of ["a0", "a3"]) expect(readRaw(fixture.store, view, used)).toBeDefined();
    const report = await fixture.store.gc();
    const kept = Array.from({ length: 20 }, (_, i) => `a${i}`).filter(
      (a) => fixture.store.find(view, sha256(a)) !== undefined,
    );
    expect(kept).toEqual(["a0", "a3", "a14", "a15", "a16", "a17", "a18", "a19"]);
    expect(report).toMatchObject({ entries: 12, outputs: 12 });
    expect(report.fileBytes).toBeLessThan(100_000);
    for (const action of kept) expect(readRaw(fixture.store, view, action)).toEqual(noiseOf(action, 10_000));
    await fixture.reopen();
    for (const action of kept) {
      expect(readRaw(fixture.store, fixture.store.view(context("main")), action)).toEqual(noiseOf(action, 10_000));
    }
  });

  test("keeps to what the disk has, where that is less than the limit", async () => {
    const diskBytes = 200_000;
    const diskSpace = (): { freeBytes: number; totalBytes: number } => ({
      freeBytes: diskBytes - fixture.store.fileBytes() - fixture.store.totals.outputs * 300,
      totalBytes: diskBytes,
    });
    await fixture.reopen({ diskSpace });
    const view = fixture.store.view(context("main"));
    for (let i = 0; i < 19; i++) await fixture.store.put(view, entryOf(`a${i}`, noiseOf(`a${i}`, 10_000)));
    await fixture.store.gc();
    expect(fixture.store.fileBytes()).toBeLessThan(diskBytes * 0.95);
    expect(fixture.store.fileBytes()).toBeGreaterThan(diskBytes * 0.7);
    expect(readRaw(fixture.store, view, "a0")).toBeUndefined();
    expect(readRaw(fixture.store, view, "a18")).toEqual(noiseOf("a18", 10_000));
  });

  test("removes what nobody used for too long", async () => {
    await fixture.reopen({ maxAgeMs: minutes(60) });
    const view = fixture.store.view(context("main"));
    await fixture.store.put(view, entryOf("old", bodyOf("old", 1000)));
    await fixture.store.put(view, entryOf("used", bodyOf("used", 1000)));
    fixture.clock.advance(minutes(50));
    readRaw(fixture.store, view, "used");
    await fixture.store.put(view, entryOf("new", bodyOf("new", 1000)));
    fixture.clock.advance(minutes(20));
    expect(await fixture.store.gc()).toMatchObject({ entries: 1, outputs: 1 });
    expect(["old", "used", "new"].map((a) => readRaw(fixture.store, view, a) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("removes a body that no entry names any more", async () => {
    const view = fixture.store.view(context("main"));
    await fixture.store.put(view, entryOf("a", bodyOf("first", 1000)));
    await fixture.store.put(view, entryOf("a", bodyOf("second", 1000)));
    expect(fixture.store.totals).toMatchObject({ entries: 1, outputs: 2 });
    expect(await fixture.store.gc()).toMatchObject({ entries: 0, outputs: 1 });
    expect(fixture.store.totals).toMatchObject({ entries: 1, outputs: 1, rawBytes: 1000 });
  });

  test("compresses what came uncompressed, small and large", async () => {
    const view = fixture.store.view(context("main"));
    for (let i = 0; i < 30; i++) await fixture.store.put(view, entryOf(`a${i}`, bodyOf(`a${i}`, 9000)));
    const large = bodyOf("large", 400_000);
    await receive(fixture.store, view, headOf("large", large), large, codec.identity);
    const noise = noiseOf("noise", 100_000);
    await receive(fixture.store, view, headOf("noise", noise), noise, codec.identity);
    const before = fixture.store.fileBytes();
    await fixture.store.gc();
    expect(fixture.store.fileBytes()).toBeLessThan((before - 100_000) / 4 + 100_000);
    expect(fixture.store.find(view, sha256("large"))?.codec).toBe(codec.zstd);
    expect(fixture.store.find(view, sha256("noise"))?.codec).toBe(codec.identity);
    for (let i = 0; i < 30; i++) expect(readRaw(fixture.store, view, `a${i}`)).toEqual(bodyOf(`a${i}`, 9000));
    expect(readRaw(fixture.store, view, "large")).toEqual(large);
    expect(readRaw(fixture.store, view, "noise")).toEqual(noise);
    expect(largeFiles()).toHaveLength(2);
    await fixture.crash();
    expect(readRaw(fixture.store, fixture.store.view(context("main")), "large")).toEqual(large);
  });

  test("a row read before its body was moved still finds it", async () => {
    const view = fixture.store.view(context("main"));
    for (let i = 0; i < 20; i++) await fixture.store.put(view, entryOf(`a${i}`, bodyOf(`a${i}`, 9000)));
    const row = fixture.store.find(view, sha256("a3"))!;
    await fixture.store.gc();
    const bytes = fixture.store.read(row);
    // The row says identity, so moved bytes in another encoding must not be given out under it.
    expect(bytes === undefined || Buffer.compare(bytes, bodyOf("a3", 9000)) === 0).toBe(true);
    expect(fixture.store.counts.damaged).toBe(0);
  });

  test("service goes on meanwhile", async () => {
    await fixture.reopen({ maxSizeBytes: 150_000 });
    const view = fixture.store.view(context("main"));
    const put = (i: number): Promise<unknown> => fixture.store.put(view, entryOf(`a${i}`, bodyOf(`a${i}`, 3000)));
    await Promise.all(Array.from({ length: 100 }, (_, i) => put(i)));
    let isDone = false;
    const collected = fixture.store.gc().then(() => {
      isDone = true;
      return undefined;
    });
    for (let i = 100; !isDone; i++) {
      await put(i);
      expect(readRaw(fixture.store, view, `a${i}`)).toEqual(bodyOf(`a${i}`, 3000));
    }
    await collected;
  });
});

describe("maintenance", () => {
  /** Turns the clock round by round until `isDone`, and fails after a hundred rounds. */
  async function rounds(isDone: () => boolean): Promise<void> {
    for (let round = 0; round < 100 && !isDone(); round++) {
      fixture.clock.advance(2000);
      await Bun.sleep(20);
    }
    expect(isDone()).toBe(true);
  }

  test("the background check finds a changed byte by itself", async () => {
    await fixture.reopen({ maintains: true, scrubBytesPerSecond: 1e6 });
    const view = fixture.store.view(context("main"));
    await fixture.store.put(view, entryOf("bad", noiseOf("bad", 1000)));
    await fixture.store.put(view, entryOf("good", noiseOf("good", 1000)));
    const pack = packFiles()[0]!;
    const bytes = readFileSync(pack);
    bytes[bytes.indexOf(noiseOf("bad", 1000)) + 500]! ^= 1;
    writeFileSync(pack, bytes);
    await rounds(() => fixture.store.counts.damaged === 1);
    expect(["bad", "good"].map((action) => readRaw(fixture.store, view, action) !== undefined)).toEqual([false, true]);
  });

  test("what came uncompressed is compressed when nobody asks for anything", async () => {
    await fixture.reopen({ maintains: true });
    const view = fixture.store.view(context("main"));
    const large = bodyOf("large", 400_000);
    await receive(fixture.store, view, headOf("large", large), large, codec.identity);
    const before = fixture.store.fileBytes();
    await rounds(() => fixture.store.fileBytes() < before / 3);
    expect(readRaw(fixture.store, view, "large")).toEqual(large);
  });

  test("the index is read into memory by itself, while entries come and go", async () => {
    const first = fixture.store.view(context("main"));
    const bodies = Array.from({ length: 1200 }, (_, i) => Buffer.from(`the body of ${i}`));
    await Promise.all(bodies.map((body, i) => fixture.store.put(first, entryOf(`a${i}`, body))));
    await fixture.reopen({ maintains: true });
    const view = fixture.store.view(context("main"));
    expect(fixture.store.memory.count).toBeLessThan(1200);
    // Known or not, a lookup is right.
    expect(bodies.every((body, i) => Buffer.compare(readRaw(fixture.store, view, `a${i}`)!, body) === 0)).toBe(true);
    await fixture.store.put(view, entryOf("late", bodyOf("late", 50)));
    await fixture.store.purge({ action: sha256("a7").toString("hex") });
    await rounds(() => fixture.store.memory.count === 1200);
    const asked = ["a6", "a7", "a8", "late", "never"].map((action) => readRaw(fixture.store, view, action));
    expect(asked.map((body) => body?.length)).toEqual([13, undefined, 13, 50, undefined]);
  });

  test("a store that is over its limit shrinks by itself", async () => {
    await fixture.reopen({ maintains: true, maxSizeBytes: 300_000 });
    const view = fixture.store.view(context("main"));
    for (let i = 0; i < 60; i++) await fixture.store.put(view, entryOf(`a${i}`, noiseOf(`a${i}`, 10_000)));
    await rounds(() => fixture.store.fileBytes() < 300_000);
    expect(readRaw(fixture.store, view, "a59")).toEqual(noiseOf("a59", 10_000));
  });
});

describe("purge and list", () => {
  test("names entries by kind, scope, output and provenance", async () => {
    const main = fixture.store.view(context("main", { provenance: { run: "1" } }));
    const change = fixture.store.view(context("pr/1", { provenance: { run: "2" } }));
    await fixture.store.put(main, entryOf("a", packageBody("a")));
    await fixture.store.put(main, entryOf("b", bodyOf("b", 100)));
    await fixture.store.put(change, entryOf("c", packageBody("c")));
    const listed = async (query: object): Promise<number> =>
      (await fixture.store.list({ limit: 100, ...query })).length;
    expect(await listed({})).toBe(3);
    expect(await listed({ kind: 1 })).toBe(2);
    expect(await listed({ scope: "pr/1" })).toBe(1);
    expect(await listed({ provenance: { run: "1" } })).toBe(2);
    expect(await listed({ output: sha256(packageBody("a")).toString("hex") })).toBe(1);
    const first = await fixture.store.list({ limit: 2 });
    const rest = await fixture.store.list({ limit: 2, after: first.at(-1)!.cursor });
    expect(new Set([...first, ...rest].map(({ action }) => action)).size).toBe(3);
    expect(await fixture.store.purge({ provenance: { run: "2" } })).toMatchObject({ entries: 1, outputs: 1 });
    expect(await listed({})).toBe(2);
    expect(readRaw(fixture.store, change, "c")).toBeUndefined();
  });
});
