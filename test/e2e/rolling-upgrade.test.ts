/**
 * A fleet is never of one version: the executable of the last released protocol, built from the repository's own history,
 * works with this one in both directions, and a node is replaced under builds that run.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { requireSuccess, runProcess } from "../../src/core/process.ts";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { serve, type ServerProcess, tryServe } from "./serve-fixture.ts";
import { type Build, createRunners, type Runners } from "./shared-runners.ts";
import { freePort } from "../free-port.ts";

const root = new URL("../..", import.meta.url).pathname;

/** The last commit with index version 1 and without removals, purges and access policies in the protocol. */
const previousCommit = "31f193d";

const hasHistory = Bun.spawnSync(["git", "cat-file", "-e", `${previousCommit}^{commit}`], { cwd: root }).exitCode === 0;
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
  previous = await buildPrevious(join(go.folder, "previous"));
}, 120_000);

afterAll(() => {
  if (hasHistory) go[Symbol.dispose]();
});

async function buildPrevious(folder: string): Promise<string> {
  mkdirSync(folder);
  const unpack = ["sh", "-c", `git archive ${previousCommit} | tar -x -C "$0"`, folder];
  requireSuccess(unpack, await runProcess({ argv: unpack, cwd: root, deadlineMs: 60_000 }));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
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
  return runners.build({ gocache: go.newCache(name), server, env: { GOCACHEPROG: `${previous} cacheprog` } });
}

function buildWithThis(name: string, server: string): Promise<Build> {
  return runners.build({ gocache: go.newCache(name), server });
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
