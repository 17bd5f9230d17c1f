/** `ballast cache …` over what a real Go built, and against a real server. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ballast, compiledPackages, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";
import { serve, type ServerProcess, temporaryFolder } from "./serve-fixture.ts";

let go: GoFixture;
let built: string;
const cCompiler = Bun.which("gcc");
const cgoSource =
  'package native\n\n// int one(void) { return 1; }\nimport "C"\n\nfunc One() int { return int(C.one()) }\n';

beforeAll(async () => {
  go = await createGoFixture();
  addSource("a.b-c/x.y/y.go", "package y\n\nconst C = 1\n");
  addSource(
    "cmd/tool/main.go",
    'package main\n\nimport "example.org/fixture/p1"\n\nfunc main() { println(p1.Sum(1)) }\n',
  );
  addSource(
    "p0/x_test.go",
    'package p0_test\n\nimport (\n\t"testing"\n\n\t"example.org/fixture/p0"\n)\n\nfunc TestX(t *testing.T) { p0.Sum(1) }\n',
  );
  if (cCompiler !== null) addSource("native/c.go", cgoSource);
  built = go.newCache("built");
  const env = { GOCACHE: built, CGO_ENABLED: "1" };
  expect(await go.run(["go", "build", "./..."], env)).toMatchObject({ exitCode: 0 });
  expect(await go.run(["go", "test", "./p0"], env)).toMatchObject({ exitCode: 0 });
}, 240_000);
afterAll(() => go[Symbol.dispose]());

/** Adds a file that is old enough for Go to index it. */
function addSource(path: string, text: string): void {
  const file = join(go.module, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, 1_700_000_000, 1_700_000_000);
}

function cache(args: readonly string[], env: Readonly<Record<string, string>>): Promise<GoResult> {
  return go.run([...ballast, "cache", ...args], { CGO_ENABLED: "1", ...env });
}

type Json = Record<string, unknown>;

/** The JSON lines of a command that must go well. */
async function cacheJson(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  exitCode = 0,
): Promise<Json[]> {
  const result = await cache([...args, "--json"], env);
  expect(result).toMatchObject({ exitCode, stderr: "" });
  const lines = result.stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Json);
}

/** A copy of the built folder that a test may change. */
function copyOfBuilt(name: string): string {
  const copy = go.newCache(name, true);
  rmSync(copy, { recursive: true });
  Bun.spawnSync(["cp", "-a", built, copy]);
  return copy;
}

describe("on a runner", () => {
  test("ls names packages as Go does", async () => {
    const items = await cacheJson(["ls", "--kind", "package", "--package", "example.org/fixture/..."], {
      GOCACHE: built,
    });
    const names = new Set(items.map((item) => [item["package"], item["variant"]].join(" ").trim()));
    const plain = Array.from({ length: 12 }, (_, i) => `example.org/fixture/p${i}`);
    const special = [
      "example.org/fixture/p0 tests",
      "example.org/fixture/p0_test tests",
      "example.org/fixture/p0 test-main",
    ];
    expect([...names].toSorted()).toEqual([...plain, ...special, "example.org/fixture/a.b-c/x.y"].toSorted());
    const results = await cacheJson(["ls", "--kind", "test-result", "--package", "example.org/fixture/..."], {
      GOCACHE: built,
    });
    expect(new Set(results.map((item) => item["package"]))).toEqual(new Set(["example.org/fixture/p0"]));
    const commands = await cacheJson(["ls", "--package", "main"], { GOCACHE: built });
    const folders = commands.map((item) => String(item["folder"])).toSorted();
    expect(folders).toEqual([go.module, join(go.module, "cmd/tool")].toSorted());
  });

  const cgoTitle = "ls tells cgo from other packages";
  if (cCompiler === null) test.skip(`${cgoTitle} [skipped: there is no gcc]`, () => undefined);
  else {
    test(cgoTitle, async () => {
      const items = await cacheJson(["ls", "--kind", "cgo-package"], { GOCACHE: built });
      expect(items.map((item) => item["package"])).toContainAllValues(["example.org/fixture/native", "runtime/cgo"]);
    });
  }

  test("ls names the standard library, and its indexes by folder", async () => {
    const std = await cacheJson(["ls", "--package", "unicode/utf8", "--package", "errors"], { GOCACHE: built });
    expect(new Set(std.map((item) => item["package"]))).toEqual(new Set(["unicode/utf8", "errors"]));
    const indexes = await cacheJson(["ls", "--kind", "module-index", "--package", ".../src/errors"], {
      GOCACHE: built,
    });
    expect(indexes.length).toBe(1);
    expect((await cache(["ls", "--package", "no/such/package"], { GOCACHE: built })).stdout).toBe("no such entries\n");
  });

  test("stats add up to what is on disk", async () => {
    const [stats] = await cacheJson(["stats"], { GOCACHE: built });
    const folders = readdirSync(built).filter((name) => /^[0-9a-f]{2}$/.test(name));
    const files = folders.flatMap((name) => readdirSync(join(built, name)).map((file) => join(built, name, file)));
    const bodies = files.filter((file) => file.endsWith("-d"));
    const sizeBytes = bodies.reduce((sum, file) => sum + statSync(file).size, 0);
    expect(stats).toMatchObject({
      tier: "local",
      scope: "main",
      outputs: bodies.length,
      sizeBytes,
      entries: files.length - bodies.length,
    });
  });

  test("looking leaves no trace", async () => {
    const env = { GOCACHE: copyOfBuilt("looked-at") };
    for (const args of [["stats"], ["ls"], ["verify"], ["show", "errors"], ["gc", "--dry-run"]]) {
      expect(await cache(args, env)).toMatchObject({ exitCode: 0 });
    }
    expect(
      readdirSync(env.GOCACHE)
        .filter((name) => name.length > 2)
        .toSorted(),
    ).toEqual(
      readdirSync(built)
        .filter((name) => name.length > 2)
        .toSorted(),
    );
  });

  test("show finds by a unique beginning and by package, and says when it cannot", async () => {
    const env = { GOCACHE: built };
    const [item] = await cacheJson(["show", "example.org/fixture/p3"], env);
    expect(item).toMatchObject({
      kind: "package",
      package: "example.org/fixture/p3",
      origin: "native",
      isIntact: true,
    });
    expect(await cacheJson(["show", String(item?.["action"]).slice(0, 12)], env)).toEqual([item as Json]);
    expect(await cacheJson(["show", String(item?.["output"])], env)).toEqual([item as Json]);
    const ambiguous = await cache(["show", "a"], env);
    expect(ambiguous.exitCode).toBe(2);
    expect(ambiguous.stderr).toContain("inspect/prefix-ambiguous");
    expect(await cache(["show", "no/such"], env)).toMatchObject({ exitCode: 1, stdout: "" });
    expect(await cache(["show"], env)).toMatchObject({ exitCode: 2 });
  });

  test("verify finds a flipped bit with status 1 and removes it, and the build is mended", async () => {
    const env = { GOCACHE: copyOfBuilt("rotten") };
    expect(await cache(["verify"], env)).toMatchObject({ exitCode: 0 });
    const [item] = await cacheJson(["show", "example.org/fixture/p5"], env);
    const path = String(item?.["path"]);
    const body = readFileSync(path);
    body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, body);
    const found = await cache(["verify"], env);
    expect(found.exitCode).toBe(1);
    expect(found.stdout).toContain(path);
    const [report] = await cacheJson(["verify", "--remove"], env, 1);
    expect(report).toMatchObject({ removed: { entries: 1, outputs: 1 } });
    expect(await cache(["verify"], env)).toMatchObject({ exitCode: 0 });
    const again = await go.run(["go", "build", "-x", "./p11"], env);
    expect(compiledPackages(again)).toEqual(["example.org/fixture/p5"]);
    expect(await cache(["verify"], env)).toMatchObject({ exitCode: 0 });
  });

  test("purge removes what it is told and nothing else", async () => {
    const env = { GOCACHE: copyOfBuilt("purged") };
    expect(await cache(["purge"], env)).toMatchObject({ exitCode: 2 });
    expect(await cache(["purge", "--all"], env)).toMatchObject({ exitCode: 2 });
    const filter = ["--package", "example.org/fixture/p7", "--kind", "package"];
    expect(await cacheJson(["purge", ...filter, "--dry-run"], env)).toMatchObject([{ dryRun: true, entries: 1 }]);
    expect(await cacheJson(["purge", ...filter], env)).toMatchObject([{ entries: 1, outputs: 1 }]);
    const again = await go.run(["go", "build", "-x", "./p11"], env);
    expect(compiledPackages(again)).toEqual(["example.org/fixture/p7"]);
    await cacheJson(["purge", "--all", "--yes"], env);
    expect(await cacheJson(["stats"], env)).toMatchObject([{ entries: 0, outputs: 0 }]);
  });

  test("gc keeps to a size, but never takes what was just used", async () => {
    const env = { GOCACHE: copyOfBuilt("collected") };
    const past = Date.now() / 1000 - 30 * 3600;
    const old = await cacheJson(["ls", "--kind", "package", "--package", "example.org/..."], env);
    for (const item of old) {
      const [action, output] = [String(item["action"]), String(item["output"])];
      utimesSync(join(env.GOCACHE, action.slice(0, 2), `${action}-a`), past, past);
      utimesSync(join(env.GOCACHE, output.slice(0, 2), `${output}-d`), past, past);
    }
    for (const folder of readdirSync(env.GOCACHE).filter((name) => name.length === 2)) {
      for (const file of readdirSync(join(env.GOCACHE, folder))) {
        const path = join(env.GOCACHE, folder, file);
        if (statSync(path).mtimeMs > past * 1000 + 1000) utimesSync(path, Date.now() / 1000, Date.now() / 1000);
      }
    }
    const [report] = await cacheJson(["gc", "--max-size", "1KB"], env);
    expect(report).toMatchObject({ entries: old.length });
    expect(report?.["keptBytes"]).toBeGreaterThan(1000);
    expect(await cacheJson(["ls", "--kind", "package", "--package", "example.org/..."], env)).toEqual([]);
    expect(await go.run(["go", "build", "./..."], env)).toMatchObject({ exitCode: 0 });
  });
});

describe("with a server", () => {
  const data = temporaryFolder();
  let node: ServerProcess;
  let server: readonly string[];

  beforeAll(async () => {
    node = await serve(data.path);
    server = ["--server", node.url];
  });
  afterAll(async () => {
    await node.end("SIGTERM");
    data.remove();
  });

  test("push moves a folder in, and an empty runner compiles nothing", async () => {
    const [dry] = await cacheJson(["push", ...server, "--dry-run"], { GOCACHE: built });
    const [first] = await cacheJson(["push", ...server], { GOCACHE: built });
    expect(first).toMatchObject({ offered: dry?.["offered"], sent: dry?.["offered"], known: 0, refused: [] });
    const [second] = await cacheJson(["push", ...server], { GOCACHE: built });
    expect(second).toMatchObject({ sent: 0, known: dry?.["offered"], sentBytes: 0 });
    const GOCACHE = go.newCache("runner", true);
    const GOCACHEPROG = `${ballast.join(" ")} cacheprog --server ${node.url}`;
    const build = await go.run(["go", "build", "-x", "./..."], { GOCACHE, GOCACHEPROG, CGO_ENABLED: "1" });
    expect(build.exitCode).toBe(0);
    expect(compiledPackages(build)).toEqual([]);
    const [stats] = await cacheJson(["stats"], { GOCACHE });
    expect(stats?.["origins"]).toContainEqual(expect.objectContaining({ origin: "fetched" }));
  });

  test("archives of another Go version stay", async () => {
    const GOCACHE = copyOfBuilt("older");
    const [item] = await cacheJson(["show", "example.org/fixture/p9"], { GOCACHE });
    const older = Buffer.from(
      readFileSync(String(item?.["path"])).toString("latin1").replaceAll(" go1.", " go0."),
      "latin1",
    );
    const output = new Bun.CryptoHasher("sha256").update(older).digest("hex");
    const action = String(item?.["action"]);
    writeFileSync(join(GOCACHE, output.slice(0, 2), `${output}-d`), older);
    const line = join(GOCACHE, action.slice(0, 2), `${action}-a`);
    writeFileSync(line, readFileSync(line, "latin1").replace(String(item?.["output"]), output));
    const [report] = await cacheJson(["push", ...server, "--scope", "older"], { GOCACHE });
    expect(report).toMatchObject({ leftOut: { "other-toolchain": 1 } });
  });

  test("stats, ls and show say what a server has, and who wrote it", async () => {
    const env = { GOCACHE: built };
    const [stats] = await cacheJson(["stats", ...server], env);
    expect(stats).toMatchObject({ tier: "server" });
    const scopes = stats?.["scopes"] as Json[] | undefined;
    expect(scopes?.map(({ scope }) => scope)).toContain("main");
    expect(Number(stats?.["storedBytes"])).toBeLessThan(Number(stats?.["rawBytes"]));
    const items = await cacheJson(
      ["ls", ...server, "--scope", "main", "--kind", "package", "--package", "example.org/fixture/p4"],
      env,
    );
    expect(items).toMatchObject([{ package: "example.org/fixture/p4", provenance: { via: "push" }, scope: "main" }]);
    const shown = await cache(["show", ...server, "--scope", "main", String(items[0]?.["action"]).slice(0, 16)], env);
    expect(shown.stdout).toMatch(/package +example\.org\/fixture\/p4\n/);
    expect(shown.stdout).toMatch(/by via +push\n/);
    expect(await cacheJson(["ls", ...server, "--by", "via=nobody"], env)).toEqual([]);
    expect(await cache(["ls", ...server, "--origin", "put"], env)).toMatchObject({ exitCode: 2 });
  });

  test("purge takes a package from a server, and push brings it back", async () => {
    const env = { GOCACHE: built };
    const filter = [...server, "--scope", "main", "--package", "example.org/fixture/p2"];
    expect(await cacheJson(["purge", ...filter, "--dry-run"], env)).toMatchObject([{ tier: "server", entries: 1 }]);
    expect(await cacheJson(["purge", ...filter], env)).toMatchObject([{ entries: 1 }]);
    expect(await cacheJson(["ls", ...filter], env)).toEqual([]);
    expect(await cacheJson(["push", ...server], env)).toMatchObject([{ sent: 1 }]);
    expect(await cacheJson(["gc", ...server], env)).toMatchObject([{ tier: "server" }]);
    expect(await cache(["gc", ...server, "--max-size", "1GB"], env)).toMatchObject({ exitCode: 2 });
  });

  test("verify has a server check its bodies, with status 1 for damage", async () => {
    const env = { GOCACHE: built };
    expect(await cacheJson(["verify", ...server], env)).toMatchObject([{ damaged: 0 }]);
    const segments = join(data.path, "segments");
    const [segment = ""] = readdirSync(segments);
    const bytes = readFileSync(join(segments, segment));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(join(segments, segment), bytes);
    expect(await cacheJson(["verify", ...server], env, 1)).toMatchObject([{ damaged: 1 }]);
    expect(await cacheJson(["verify", ...server], env)).toMatchObject([{ damaged: 0 }]);
  });

  test("who may only read may not purge, and nobody there is said to be nobody", async () => {
    const tokens = temporaryFolder();
    writeFileSync(join(tokens.path, "tokens"), `read ${"r".repeat(20)}\nwrite ${"w".repeat(20)}\n`);
    const guarded = await serve(join(tokens.path, "data"), [], { BALLAST_TOKEN_FILE: join(tokens.path, "tokens") });
    const env = { GOCACHE: built, BALLAST_SERVER: guarded.url };
    const read = { ...env, BALLAST_TOKEN: "r".repeat(20) };
    expect(await cache(["stats", "--remote"], env)).toMatchObject({ exitCode: 3 });
    expect(await cache(["stats", "--remote"], read)).toMatchObject({ exitCode: 0 });
    const refused = await cache(["purge", "--remote", "--all", "--yes"], read);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain("server/read-only");
    expect(await cache(["push"], read)).toMatchObject({ exitCode: 3 });
    expect(
      await cache(["purge", "--remote", "--all", "--yes"], { ...env, BALLAST_TOKEN: "w".repeat(20) }),
    ).toMatchObject({ exitCode: 0 });
    await guarded.end("SIGTERM");
    const gone = await cache(["stats", "--remote"], read);
    expect(gone.exitCode).toBe(3);
    expect(gone.stderr).toContain("inspect/server-unreachable");
    tokens.remove();
  });
});
