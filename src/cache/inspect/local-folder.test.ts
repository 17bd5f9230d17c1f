import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { actionPath, formatEntryLine, outputPath } from "../../go/gocache/entry-file.ts";
import { type CacheFolder, findCacheFolder, openCacheFolder, otherScopes } from "../local/folder.ts";
import { openIndexFile } from "../local/index-file.ts";
import { origin } from "../local/record.ts";
import { type LocalFilter, matchesFilter } from "./local-filter.ts";
import { scanFolder } from "./folder-scan.ts";
import { collectLocal, defaultMinIdleMs, type GcOptions } from "./local-gc.ts";
import { listLocal, type LocalListing } from "./local-listing.ts";
import { sumLocal } from "./local-stats.ts";
import { verifyLocal } from "./local-verify.ts";
import { foresee, remove, withUnnamedBodies } from "./removal.ts";
import { createTurns } from "./turns.ts";

const gocaches: string[] = [];
afterEach(() => {
  for (const path of gocaches.splice(0)) rmSync(path, { recursive: true, force: true });
});

const turns = createTurns(new AbortController().signal);
const hourMs = 3_600_000;
const nowMs = Date.now();

function newFolder(): CacheFolder {
  const path = mkdtempSync(`${tmpdir()}/ballast-inspect-`);
  gocaches.push(path);
  for (let i = 0; i < 256; i++) mkdirSync(`${path}/${i.toString(16).padStart(2, "0")}`);
  return openCacheFolder(path, "main");
}

const sha = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");

/** What native Go would write, as if used `idleMs` ago. */
function putNatively(folder: CacheFolder, name: string, body: string, idleMs = 0): { action: string; output: string } {
  const [action, output] = [sha(name), sha(body)];
  writeFileSync(outputPath(folder.path, output), body);
  const line = formatEntryLine(action, { output, sizeBytes: body.length, timeNs: BigInt(nowMs) * 1_000_000n });
  writeFileSync(actionPath(folder.path, action), line);
  age(actionPath(folder.path, action), idleMs);
  age(outputPath(folder.path, output), idleMs);
  return { action, output };
}

function age(path: string, idleMs: number): void {
  utimesSync(path, (nowMs - idleMs) / 1000, (nowMs - idleMs) / 1000);
}

/** The record that a helper would keep of an entry. */
function record(folder: CacheFolder, ids: { action: string; output: string }, from: number): void {
  const index = openIndexFile(`${folder.ballastPath}/index`);
  const print = statSync(outputPath(folder.path, ids.output));
  const [action, output] = [Buffer.from(ids.action, "hex"), Buffer.from(ids.output, "hex")];
  index.add({ action, output, timeNs: 1n, kind: 0, origin: from, costMs: 120, toolchainTag: 7, usedMs: nowMs, print });
  index.flush();
}

function list(folder: CacheFolder): Promise<LocalListing> {
  return listLocal(folder, { turns });
}

describe("a listing", () => {
  test("says what each entry is, and where it came from", async () => {
    const folder = newFolder();
    putNatively(folder, "a", "ok  \texample.org/a\t0.1s\n");
    record(folder, putNatively(folder, "b", "# test log\n"), origin.put);
    record(folder, putNatively(folder, "c", "# test log\ngetenv A\n"), origin.fetched);
    const { items } = await list(folder);
    const byAction = new Map(items.map((item) => [item.action, item]));
    expect(byAction.get(sha("a"))).toMatchObject({
      kind: "test-result",
      subject: { package: "example.org/a" },
      origin: "native",
      costMs: 0,
    });
    expect(byAction.get(sha("b"))).toMatchObject({
      kind: "test-log",
      subject: {},
      origin: "put",
      costMs: 120,
      toolchainTag: 7,
    });
    expect(byAction.get(sha("c"))).toMatchObject({ origin: "fetched" });
  });

  test("takes a record of another output for outdated", async () => {
    const folder = newFolder();
    record(folder, putNatively(folder, "a", "old"), origin.fetched);
    putNatively(folder, "a", "new");
    expect((await list(folder)).items).toMatchObject([{ output: sha("new"), origin: "native", costMs: 0 }]);
  });

  test("knows executables and bodies that are gone, and passes over what is not Go's", async () => {
    const folder = newFolder();
    const gone = putNatively(folder, "a", "gone");
    rmSync(outputPath(folder.path, gone.output));
    const run = putNatively(folder, "b", "program");
    rmSync(outputPath(folder.path, run.output));
    mkdirSync(outputPath(folder.path, run.output));
    writeFileSync(`${outputPath(folder.path, run.output)}/hello`, "program");
    writeFileSync(`${folder.path}/00/README`, "hello");
    const { items, contents } = await list(folder);
    expect(items.map(({ kind }) => kind).toSorted()).toEqual(["executable", "missing"]);
    expect(contents.bodies.get(run.output)).toMatchObject({ isExecutable: true, sizeBytes: 7 });
    expect(await verifyLocal(contents, { turns, onProgress: () => undefined })).toMatchObject({
      outputs: 1,
      damaged: [],
      missingBodies: 1,
    });
  });

  test("of a folder that does not exist is empty, and makes none", async () => {
    const folder = findCacheFolder(`${tmpdir()}/ballast-inspect-none`, "main");
    expect(sumLocal(await list(folder), folder.ballastPath)).toMatchObject({
      entries: 0,
      outputs: 0,
      oldestUseMs: undefined,
    });
    expect(existsSync(folder.path)).toBe(false);
  });

  test("a large body is told like a small one", async () => {
    const folder = newFolder();
    putNatively(folder, "a", `# test log\n${"getenv A\n".repeat(300_000)}`);
    expect((await list(folder)).items).toMatchObject([{ kind: "test-log" }]);
  });

  test("ends when it is told to", async () => {
    const folder = newFolder();
    putNatively(folder, "a", "x");
    const stop = new AbortController();
    const aborted = createTurns(stop.signal);
    stop.abort(new Error("stopped"));
    Bun.sleepSync(25);
    await expect(scanFolder(folder.path, aborted)).rejects.toThrow("stopped");
  });
});

test("a filter's parts hold together", async () => {
  const folder = newFolder();
  putNatively(folder, "a", "ok  \texample.org/a\t0.1s\n", 3 * hourMs);
  record(folder, putNatively(folder, "b", "ok  \texample.org/b/c\t0.1s\n"), origin.put);
  const { items } = await list(folder);
  const none = { kinds: [], packages: [], origins: [] };
  const count = (filter: Partial<LocalFilter>): number =>
    items.filter((item) => matchesFilter({ ...none, ...filter }, item)).length;
  expect(count({})).toBe(2);
  expect(count({ kinds: ["test-result"], packages: ["example.org/..."] })).toBe(2);
  expect(count({ kinds: ["package"], packages: ["example.org/..."] })).toBe(0);
  expect(count({ packages: ["example.org/a", "example.org/b"] })).toBe(1);
  expect(count({ origins: ["native", "put"] })).toBe(2);
  expect(count({ usedFromMs: nowMs - hourMs })).toBe(1);
});

test("sums count a shared body once", async () => {
  const folder = newFolder();
  putNatively(folder, "a", "# test log\n", hourMs);
  record(folder, putNatively(folder, "b", "# test log\n"), origin.put);
  writeFileSync(outputPath(folder.path, sha("unnamed")), "unnamed");
  const stats = sumLocal(await list(folder), folder.ballastPath);
  expect(stats).toMatchObject({
    entries: 2,
    outputs: 2,
    sizeBytes: 18,
    entriesSizeBytes: 22,
    unnamedOutputs: 1,
    missingBodies: 0,
  });
  expect(stats.kinds).toEqual([{ kind: "test-log", entries: 2, outputs: 1, sizeBytes: 11 }]);
  expect(stats.origins.toSorted((a, b) => (a.origin < b.origin ? -1 : 1))).toMatchObject([
    { origin: "native", entries: 1 },
    { origin: "put", entries: 1 },
  ]);
  expect(stats.newestUseMs ?? 0).toBeGreaterThan(stats.oldestUseMs ?? 0);
});

describe("verify", () => {
  test("finds one flipped bit, torn entries and wrong sizes, and nothing else", async () => {
    const folder = newFolder();
    putNatively(folder, "good", "good");
    const rotten = putNatively(folder, "rotten", "rotten body");
    const body = readFileSync(outputPath(folder.path, rotten.output));
    body[3] = (body[3] ?? 0) ^ 1;
    writeFileSync(outputPath(folder.path, rotten.output), body);
    const torn = putNatively(folder, "torn", "torn");
    writeFileSync(actionPath(folder.path, torn.action), "v1 ");
    const wrong = putNatively(folder, "wrong", "wrong size");
    writeFileSync(
      actionPath(folder.path, wrong.action),
      formatEntryLine(wrong.action, { output: wrong.output, sizeBytes: 3, timeNs: 1n }),
    );
    const contents = await scanFolder(folder.path, turns);
    const report = await verifyLocal(contents, { turns, onProgress: () => undefined });
    expect(report.damaged).toMatchObject([{ output: rotten.output, actions: [rotten.action] }]);
    expect(report.tornActions.toSorted()).toEqual([torn.action, wrong.action].toSorted());
    expect(report.outputs).toBe(4);
  });
});

describe("removing", () => {
  test("takes a body with its last entry, and the index's records with both", async () => {
    const folder = newFolder();
    const first = putNatively(folder, "a", "shared");
    const second = putNatively(folder, "b", "shared");
    for (const ids of [first, second]) record(folder, ids, origin.put);
    for (const [ids, isLast] of [
      [first, false],
      [second, true],
    ] as const) {
      const contents = await scanFolder(folder.path, turns);
      const removal = withUnnamedBodies(contents, new Set([ids.action]));
      const foreseen = foresee(contents, removal);
      expect(foreseen).toEqual({ entries: 1, outputs: isLast ? 1 : 0, freedBytes: isLast ? 6 : 0 });
      expect(remove(folder, contents, removal)).toEqual(foreseen);
      expect(existsSync(outputPath(folder.path, first.output))).toBe(!isLast);
    }
    expect([...openIndexFile(`${folder.ballastPath}/index`).records()]).toEqual([]);
  });

  test("keeps a body that was used since the folder was read", async () => {
    const folder = newFolder();
    const ids = putNatively(folder, "a", "body", hourMs);
    const contents = await scanFolder(folder.path, turns);
    age(outputPath(folder.path, ids.output), 0);
    expect(remove(folder, contents, withUnnamedBodies(contents, new Set([ids.action])))).toMatchObject({
      entries: 1,
      outputs: 0,
    });
    expect(existsSync(outputPath(folder.path, ids.output))).toBe(true);
  });
});

describe("gc", () => {
  async function collect(
    folders: readonly CacheFolder[],
    options: Partial<GcOptions> = {},
  ): Promise<ReturnType<typeof collectLocal>> {
    const scanned = await Promise.all(
      folders.map(async (folder) => ({ folder, contents: await scanFolder(folder.path, turns) })),
    );
    return collectLocal(scanned, { minIdleMs: defaultMinIdleMs, isDryRun: false, nowMs, ...options });
  }
  const left = (folder: CacheFolder, names: readonly string[]): string[] =>
    names.filter((name) => existsSync(outputPath(folder.path, sha(name))));

  test("trims by Go's rule: five days and an hour", async () => {
    const folder = newFolder();
    putNatively(folder, "a", "old", (5 * 24 + 2) * hourMs);
    putNatively(folder, "b", "young", 5 * 24 * hourMs);
    expect(await collect([folder], { isDryRun: true })).toMatchObject({
      entries: 1,
      outputs: 1,
      freedBytes: 3,
      keptBytes: 5,
    });
    expect(left(folder, ["old", "young"])).toEqual(["old", "young"]);
    expect(await collect([folder])).toMatchObject({ entries: 1, outputs: 1, freedBytes: 3, keptBytes: 5 });
    expect(left(folder, ["old", "young"])).toEqual(["young"]);
    expect(Number(readFileSync(`${folder.path}/trim.txt`, "utf8"))).toBe(Math.floor(nowMs / 1000));
  });

  test("then takes what was used longest ago until the size fits, over all scopes", async () => {
    const main = newFolder();
    const change = openCacheFolder(main.path, "pr/1");
    expect(otherScopes(main.path, "main")).toEqual(["pr/1"]);
    putNatively(main, "a", "main 30", 30 * hourMs);
    putNatively(change, "b", "chng 40", 40 * hourMs);
    putNatively(main, "c", "main 50", 50 * hourMs);
    expect(await collect([main, change], { maxSizeBytes: 14 })).toMatchObject({ outputs: 1, keptBytes: 14 });
    expect(left(main, ["main 30", "main 50"])).toEqual(["main 30"]);
    expect(await collect([main, change], { maxSizeBytes: 13 })).toMatchObject({ outputs: 1, keptBytes: 7 });
    expect(left(change, ["chng 40"])).toEqual([]);
  });

  test("never takes what a running build may have been told, however large", async () => {
    const folder = newFolder();
    putNatively(folder, "a", "in use", hourMs);
    putNatively(folder, "b", "idle", 3 * hourMs);
    expect(await collect([folder], { maxSizeBytes: 0, maxAgeMs: 0 })).toMatchObject({ outputs: 1, keptBytes: 6 });
    expect(left(folder, ["in use", "idle"])).toEqual(["in use"]);
    expect(await collect([folder], { maxSizeBytes: 0, minIdleMs: 0 })).toMatchObject({ outputs: 1, keptBytes: 0 });
  });

  test("a body's last use is that of its youngest entry", async () => {
    const folder = newFolder();
    putNatively(folder, "a", "shared", 200 * hourMs);
    const young = putNatively(folder, "b", "shared", 200 * hourMs);
    age(actionPath(folder.path, young.action), 3 * hourMs);
    expect(await collect([folder])).toMatchObject({ entries: 1, outputs: 0 });
    expect(left(folder, ["shared"])).toEqual(["shared"]);
  });

  test("removes temporary files that nobody writes any more", async () => {
    const folder = newFolder();
    const names = ["tmp/1-m0", "tmp/2-m0", "index.77", "index"];
    for (const name of names) writeFileSync(`${folder.ballastPath}/${name}`, "");
    for (const name of ["tmp/1-m0", "index.77", "index"]) age(`${folder.ballastPath}/${name}`, 2 * hourMs);
    expect(await collect([folder])).toMatchObject({ temporaryFiles: 2 });
    expect(names.filter((name) => existsSync(`${folder.ballastPath}/${name}`))).toEqual(["tmp/2-m0", "index"]);
  });
});
