/** Each governed command leaves one event, and a ledger that is broken costs a line. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ballast, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";

let go: GoFixture;
let gocache: string;
let file: string;

beforeAll(async () => {
  go = await createGoFixture();
  gocache = go.newCache("cache");
  file = join(go.folder, "ledger", "events.sqlite");
});
afterAll(() => go[Symbol.dispose]());

function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<GoResult> {
  const own = { GOCACHE: gocache, BALLAST_LEDGER_FILE: file, XDG_DATA_HOME: join(go.folder, "data") };
  return go.run([...ballast, ...words], { ...own, ...env });
}

interface Event {
  readonly seq: number;
  readonly key: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

async function events(...flags: string[]): Promise<Event[]> {
  const exported = await run(["ledger", "export", ...flags]);
  expect(exported.exitCode).toBe(0);
  return exported.stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Event);
}

describe("the ledger of builds", () => {
  test("one event for each command, with what was seen of the cache", async () => {
    expect(await run(["go", "build", "-ldflags=-X main.token=s3cret", "."])).toMatchObject({ exitCode: 0 });
    expect(await run(["go", "vet", "./absent"])).toMatchObject({ exitCode: 1 });
    expect(await run(["go", "--cache=off", "env", "GOROOT"])).toMatchObject({ exitCode: 0 });
    const [build, vet, off, ...rest] = await events();
    expect(rest).toEqual([]);
    expect(build).toMatchObject({
      name: "ballast.go.command",
      attributes: {
        "cicd.pipeline.task.run.result": "success",
        "ballast.cache.observed": true,
        "ballast.cache.mode": "shared",
      },
    });
    expect(build!.attributes["ballast.cache.misses"]).toBeGreaterThan(0);
    expect(JSON.stringify(build)).not.toContain("s3cret");
    expect(JSON.stringify(build)).toMatch(/main\.token=hmac:/);
    expect(vet!.attributes).toMatchObject({ "cicd.pipeline.task.run.result": "failure", "process.exit.code": 1 });
    expect(off!.attributes).toMatchObject({
      "ballast.cache.mode": "off",
      "ballast.cache.mode_from": "--cache",
      "ballast.cache.observed": false,
    });
    expect(Object.keys(off!.attributes)).not.toContain("ballast.cache.misses");
  });

  test("ls, show and export find it", async () => {
    const [first, second] = await events("--limit", "2");
    expect((await events("--after", String(first!.seq), "--limit", "1")).map(({ key }) => key)).toEqual([second!.key]);
    const failed = await events("--where", "cicd.pipeline.task.run.result=failure", "--since", "1h");
    expect(failed.map(({ seq }) => seq)).toEqual([second!.seq]);
    const listed = await run(["ledger", "ls", "--where", "process.exit.code=1"]);
    expect(listed.stdout).toMatch(/ballast\.go\.command +failure .* go vet \.\/absent\n$/);
    for (const word of [String(first!.seq), first!.key]) {
      expect((await run(["ledger", "show", word])).stdout).toContain(first!.key);
    }
    expect(await run(["ledger", "show", "12345"])).toMatchObject({ exitCode: 2 });
    expect((await run(["ledger", "ls"], { BALLAST_LEDGER_FILE: "" })).stderr).toContain("ledger/not-configured");
  });

  test("says what policy did", async () => {
    const module = join(go.folder, "policy");
    mkdirSync(module);
    writeFileSync(join(module, "go.mod"), "module example.org/policy\n\ngo 1.24\n");
    writeFileSync(
      join(module, "ballast.yaml"),
      `build:\n  rules:\n    - { name: paths, set: { trimpath: true, cache: isolated } }\nledger:\n  file: own.sqlite\n`,
    );
    const env = { GOCACHE: gocache, XDG_CACHE_HOME: join(go.folder, "caches"), XDG_DATA_HOME: join(go.folder, "data") };
    expect(await go.run([...ballast, "go", "--cache=shared", "list", "-m"], env, module)).toMatchObject({
      exitCode: 0,
    });
    const exported = await go.run([...ballast, "ledger", "export"], env, module);
    expect((JSON.parse(exported.stdout) as Event).attributes).toMatchObject({
      "process.command_args": ["go", "list", "-trimpath=true", "-m"],
      "ballast.policy.set": ["trimpath=true (paths)"],
      "ballast.policy.overruled": ["cache=isolated (paths)"],
    });
  });

  test("whatever is wrong with it costs a line and never the build", async () => {
    const broken = join(go.folder, "broken.sqlite");
    writeFileSync(broken, "no database at all ".repeat(100));
    const shortKey = join(go.folder, "short.key");
    writeFileSync(shortKey, "short");
    const faults: Record<string, string>[] = [
      { BALLAST_LEDGER_FILE: broken },
      { BALLAST_LEDGER_FILE: join(broken, "below-a-file") },
      { BALLAST_LEDGER_URL: "postgres://nobody@127.0.0.1:1/none" },
      { BALLAST_LEDGER_URL: "not an address" },
      { BALLAST_LEDGER_KEY_FILE: shortKey },
    ];
    for (const env of faults) {
      const ran = await run(["go", "list", "./p0"], env);
      expect(ran).toMatchObject({ exitCode: 0, stdout: "example.org/fixture/p0\n" });
      expect(ran.stderr.match(/^ballast: warning: nothing was recorded in the ledger: .+$/gm)).toHaveLength(1);
    }
    expect(readFileSync(broken, "utf8")).toStartWith("no database");
  });

  test("a database that never answers costs the limit", async () => {
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
    try {
      const env = {
        BALLAST_LEDGER_URL: `postgres://x@127.0.0.1:${listener.port}/x`,
        BALLAST_LEDGER_WAIT_LIMIT: "500ms",
      };
      const ran = await run(["go", "list", "./p0"], env);
      expect(ran).toMatchObject({ exitCode: 0, stdout: "example.org/fixture/p0\n" });
      expect(ran.stderr).toContain("within 500 ms");
      expect(ran.wallMs).toBeLessThan(4000);
    } finally {
      listener.stop(true);
    }
  });
});
