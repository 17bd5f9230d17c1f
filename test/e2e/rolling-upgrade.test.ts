/**
 * A fleet is never of one version: the executable of version 1 of the protocol, built from the repository's own history,
 * works with this one in both directions, and a node is replaced under builds that run. One that has nothing in common with
 * the other side, built from these sources with another list of versions, says so, and builds go on without it.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireSuccess, runProcess } from "../../src/core/process.ts";
import { testWithAll } from "../with-component.ts";
import { digestOf, startFleet, untilQuiet } from "./fleet-fixture.ts";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { serve, type ServerProcess, tryServe } from "./serve-fixture.ts";
import { type Build, createRunners, type Runners } from "./shared-runners.ts";
import { freePort } from "../free-port.ts";

const root = new URL("../..", import.meta.url).pathname;

/** The last commit with index version 1 and without removals, purges and access policies in the protocol. */
const previousCommit = "31f193d";
/** The last one whose nodes told no manifests on the bus. */
const previousFleetCommit = "75feae2";

const isThere = (commit: string): boolean =>
  Bun.spawnSync(["git", "cat-file", "-e", `${commit}^{commit}`], { cwd: root }).exitCode === 0;
const hasHistory = [previousCommit, previousFleetCommit].every(isThere);
const reason = hasHistory ? "" : ` [skipped: git: commit ${previousCommit} is not in this checkout's history]`;

let go: GoFixture;
let runners: Runners;
let native: Build;
let previous: string;

beforeAll(async () => {
  if (!hasHistory) return;
  go = await createGoFixture();
  runners = createRunners(go);
  native = await runners.native();
  previous = await buildCommit(previousCommit);
}, 120_000);

afterAll(() => {
  if (hasHistory) go[Symbol.dispose]();
});

/** An executable of another commit. */
function buildCommit(commit: string): Promise<string> {
  return buildFrom(`git archive ${commit}`, join(go.folder, commit));
}

/** An executable of these sources that speaks other versions of the protocol. */
function buildSpeaking(versions: readonly number[]): Promise<string> {
  const sources = "tar -c --exclude=.git --exclude=node_modules --exclude=.ballast --exclude=dist --exclude=bench .";
  return buildFrom(sources, join(go.folder, `speaking-${versions.join("-")}`), (folder) => {
    const file = join(folder, "src/cache/protocol/version.ts");
    const text = readFileSync(file, "utf8");
    const changed = text.replace(/(protocolVersions: readonly number\[\] = )\[.*\]/, `$1${JSON.stringify(versions)}`);
    if (changed === text) throw new Error("the list of versions was not found");
    writeFileSync(file, changed);
  });
}

async function buildFrom(archive: string, folder: string, change: (folder: string) => void = () => undefined) {
  mkdirSync(folder);
  const unpack = ["sh", "-c", `${archive} | tar -x -C "$0"`, folder];
  requireSuccess(unpack, await runProcess({ argv: unpack, cwd: root, deadlineMs: 60_000 }));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  change(folder);
  const make = ["sh", "scripts/make-executable.sh"];
  return requireSuccess(make, await runProcess({ argv: make, cwd: folder, deadlineMs: 60_000 })).stdout.trim();
}

interface OldNode {
  readonly url: string;
  end(): Promise<number>;
}

/** A node of the previous version, at a port that the next one can take over. */
async function servePrevious(data: string, port: number): Promise<OldNode | { readonly stderr: string }> {
  const argv = [previous, "serve", "--listen", `127.0.0.1:${port}`, "--data", data];
  const child = Bun.spawn(argv, { stdout: "pipe", stderr: "pipe", env: { PATH: "/bin", HOME: go.folder } });
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  if (done) return { stderr: await new Response(child.stderr).text() };
  return {
    url: `http://127.0.0.1:${port}`,
    end: () => {
      child.kill("SIGTERM");
      return child.exited;
    },
  };
}

/** A new runner's build with the previous version's helper. */
function buildWithPrevious(name: string, server: string): Promise<Build> {
  return buildWith(previous, name, server);
}

function buildWith(executable: string, name: string, server: string): ReturnType<Runners["build"]> {
  return runners.build({ gocache: go.newCache(name), server, env: { GOCACHEPROG: `${executable} cacheprog` } });
}

function buildWithThis(name: string, server: string): ReturnType<Runners["build"]> {
  return runners.build({ gocache: go.newCache(name), server });
}

/** Stands between a helper and its server, and notes in which version each request was written. */
function startListener(server: string): { readonly url: string; readonly seen: string[]; stop(): void } {
  const seen: string[] = [];
  const between = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      seen.push(`${request.method} ${pathname} ${request.headers.get("ballast-protocol")}`);
      const body = request.method === "GET" ? undefined : await request.arrayBuffer();
      const { method, headers } = request;
      return fetch(server + pathname + search, { method, headers, decompress: false, ...(body && { body }) });
    },
  });
  return { url: `http://127.0.0.1:${between.port}`, seen, stop: () => void between.stop(true) };
}

describe("a rolling upgrade", () => {
  (hasHistory ? test : test.skip)(
    `old and new helpers, an old node and then a new one on its data, in the middle of builds${reason}`,
    async () => {
      const data = join(go.folder, "data");
      const port = freePort();
      const old = await servePrevious(data, port);
      if ("stderr" in old) throw new Error(old.stderr);
      expect(await buildWithPrevious("old-old", old.url)).toMatchObject({ exitCode: 0, digest: native.digest });
      expect(await buildWithThis("new-old", old.url)).toMatchObject({ digest: native.digest, compiled: [] });

      const during = Promise.all([buildWithPrevious("during-old", old.url), buildWithThis("during-new", old.url)]);
      expect(await old.end()).toBe(0);
      const { server, stderr } = await tryServe(["--listen", `127.0.0.1:${port}`, "--data", data]);
      expect(stderr).toBe("");
      const next = server as ServerProcess;
      for (const build of await during) expect(build).toMatchObject({ exitCode: 0, digest: native.digest });

      expect(await buildWithPrevious("old-new", next.url)).toMatchObject({ digest: native.digest, compiled: [] });
      expect(await buildWithThis("new-new", next.url)).toMatchObject({ digest: native.digest, compiled: [] });
      expect(await next.end("SIGTERM")).toBe(0);
      expect(await next.stderr()).not.toContain("empty cache");

      const back = await servePrevious(data, port);
      expect(back).toMatchObject({ stderr: expect.stringContaining("node/data-too-new") as string });
    },
    180_000,
  );

  (hasHistory ? test : test.skip)(
    `what a new helper stores on a new node is a hit for an old helper${reason}`,
    async () => {
      const node = await serve(join(go.folder, "fresh"));
      expect(await buildWithThis("fresh-new", node.url)).toMatchObject({ exitCode: 0, digest: native.digest });
      expect(await buildWithPrevious("fresh-old", node.url)).toMatchObject({ digest: native.digest, compiled: [] });
      await node.end("SIGTERM");
    },
    120_000,
  );
});

describe("two versions of the protocol", () => {
  const one = hasHistory ? test : test.skip;
  let second: string;

  beforeAll(async () => {
    if (hasHistory) second = await buildSpeaking([2]);
  }, 60_000);

  one(
    `two sides that both speak the second go on in it, and one that speaks the first only is spoken to in that${reason}`,
    async () => {
      const node = await serve(join(go.folder, "both"));
      const listener = startListener(node.url);
      expect(await buildWithThis("both-first", listener.url)).toMatchObject({ exitCode: 0, digest: native.digest });
      expect(await buildWithThis("both", listener.url)).toMatchObject({ digest: native.digest, compiled: [] });
      // The first word is in the version that every server speaks; what follows in the one that was chosen.
      expect(listener.seen.filter((line) => line.startsWith("POST /v1/runs"))).toEqual([
        "POST /v1/runs 1",
        "POST /v1/runs 1",
      ]);
      expect(listener.seen.filter((line) => line.startsWith("PUT /v1/runs"))).toContain("PUT /v1/runs 2");
      listener.seen.length = 0;
      expect(await buildWithPrevious("first-only", listener.url)).toMatchObject({ exitCode: 0, compiled: [] });
      expect(listener.seen.filter((line) => !line.endsWith(" 1"))).toEqual([]);
      listener.stop();
      await node.end("SIGTERM");
    },
    120_000,
  );

  one(
    `a server that speaks the second only serves who speaks both, and is none for who speaks the first only${reason}`,
    async () => {
      const data = join(go.folder, "second");
      const { server: node, stderr } = await tryServe(["--listen", "127.0.0.1:0", "--data", data], {}, [second]);
      if (node === undefined) throw new Error(stderr);
      const refused = await fetch(`${node.url}/v1/absence`, { headers: { "ballast-protocol": "1" } });
      expect([refused.status, refused.headers.get("ballast-protocols")]).toEqual([426, "2"]);
      expect(await buildWithThis("second-first", node.url)).toMatchObject({ exitCode: 0, digest: native.digest });
      const warm = await buildWithThis("second-both", node.url);
      expect(warm).toMatchObject({ exitCode: 0, digest: native.digest, compiled: [] });
      const old = await buildWith(previous, "second-old", node.url);
      expect(old).toMatchObject({ exitCode: 0, digest: native.digest, summary: { remoteHits: 0, uploaded: 0 } });
      await node.end("SIGTERM");
    },
    120_000,
  );

  one(
    `a helper that speaks the second only builds without a server of the first${reason}`,
    async () => {
      const old = await servePrevious(join(go.folder, "first"), freePort());
      if ("stderr" in old) throw new Error(old.stderr);
      const build = await buildWith(second, "old-second", old.url);
      expect(build).toMatchObject({ exitCode: 0, digest: native.digest, summary: { remoteHits: 0, uploaded: 0 } });
      expect(await old.end()).toBe(0);
    },
    120_000,
  );
});

describe("two versions on one bus", () => {
  testWithAll(
    ["nats-server", "versitygw"],
    `nodes of this version and of the one before hold the same, and serve what the other took${reason}`,
    async ([nats = "", versitygw = ""]) => {
      if (!hasHistory) return;
      const executable = await buildCommit(previousFleetCommit);
      const fleet = await startFleet(join(go.folder, "fleet"), { nats, versitygw });
      try {
        const old = await fleet.newNode("old", { executable });
        await old.start();
        const { a, b } = fleet;
        await untilQuiet([a, b, old]);
        expect(await buildWithThis("bus-old", old.url)).toMatchObject({ exitCode: 0, digest: native.digest });
        await untilQuiet([a, b, old]);
        expect(await buildWithThis("bus-new", a.url)).toMatchObject({ digest: native.digest, compiled: [] });
        const env = { BALLAST_SCOPE: "pr/7" };
        const changed = await runners.build({ gocache: go.newCache("bus-a"), server: a.url, env });
        expect(changed).toMatchObject({ exitCode: 0, digest: native.digest });
        await untilQuiet([a, b, old]);
        const there = await runners.build({ gocache: go.newCache("bus-there"), server: old.url, env });
        expect(there).toMatchObject({ exitCode: 0, digest: native.digest, compiled: [] });
        await untilQuiet([a, b, old]);
        expect(await digestOf(old)).toBe(await digestOf(a));
      } finally {
        await fleet.end();
      }
    },
    180_000,
  );
});
