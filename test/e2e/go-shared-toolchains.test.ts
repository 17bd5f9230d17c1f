import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync, cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { testWith } from "../with-component.ts";
import { writeCgoModule } from "./fixture-modules.ts";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { type ServerProcess, serve } from "./serve-fixture.ts";
import { createRunners, type Runners } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
let server: ServerProcess;
const packages = 13;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  server = await serve(join(go.folder, "server"));
});
afterAll(async () => {
  await server.end("SIGTERM");
  go[Symbol.dispose]();
});

/** A GOROOT of the same version whose compiler differs in one byte behind its end; everything else is linked. */
async function lookalikeGoroot(): Promise<string> {
  const original = (await go.run(["go", "env", "GOROOT"], {})).stdout.trim();
  const copy = join(go.folder, "lookalike");
  linkAllBut(original, copy, "pkg");
  linkAllBut(join(original, "pkg"), join(copy, "pkg"), "tool");
  cpSync(join(original, "pkg", "tool"), join(copy, "pkg", "tool"), { recursive: true });
  const [platform = ""] = readdirSync(join(copy, "pkg", "tool"));
  appendFileSync(join(copy, "pkg", "tool", platform, "compile"), "\0");
  return copy;
}

function linkAllBut(from: string, to: string, left: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) if (name !== left) symlinkSync(join(from, name), join(to, name));
}

async function compiledBy(name: string, env: Readonly<Record<string, string>>, cwd = go.module): Promise<number> {
  const built = await runners.build({ gocache: go.newCache(name), server: server.url, env, cwd });
  expect(built).toMatchObject({ exitCode: 0 });
  return built.compiled.length;
}

describe("toolchains", () => {
  test("that only look alike share nothing, each shares with itself", async () => {
    const GOROOT = await lookalikeGoroot();
    const version = await go.run(["go", "version"], { GOROOT });
    expect(version.stdout).toBe((await go.run(["go", "version"], {})).stdout);
    expect(await compiledBy("real", {})).toBe(packages);
    expect(await compiledBy("lookalike-1", { GOROOT })).toBe(packages);
    expect(await compiledBy("lookalike-2", { GOROOT })).toBe(0);
    expect(await compiledBy("real-2", {})).toBe(0);
  });

  test("a folder holds no hits for the other one among what was fetched", async () => {
    const GOROOT = join(go.folder, "lookalike");
    const gocache = go.newCache("moved");
    const fetched = await runners.build({ gocache, server: server.url });
    expect(fetched.compiled).toEqual([]);
    const other = await runners.build({ gocache, env: { GOROOT } });
    expect(other.compiled).toHaveLength(packages);
  });
});

describe("packages with cgo", () => {
  test("are shared within one image only", async () => {
    const cwd = writeCgoModule(join(go.folder, "withc"));
    const withC = "example.org/withc/c";
    const compiled = async (name: string, image: string): Promise<readonly string[]> => {
      const env = { BALLAST_IMAGE: image, CGO_ENABLED: "1" };
      const built = await runners.build({ gocache: go.newCache(name), server: server.url, env, cwd });
      expect(built).toMatchObject({ exitCode: 0 });
      return built.compiled.toSorted();
    };
    const cold = await compiled("image-a-1", "a");
    expect(cold).toContain(withC);
    expect(cold).toContain("runtime/cgo");
    expect(await compiled("image-a-2", "a")).toEqual([]);
    const other = await compiled("image-b", "b");
    expect(other).toContain(withC);
    expect(other).toContain("runtime/cgo");
    // Without cgo in it the main package itself is for all images.
    expect(cold).toContain("main");
  });
});

for (const [component, version] of [
  ["go1.24", "1.24.13"],
  ["go1.25", "1.25.14"],
] as const) {
  testWith(component, `Go ${version} builds, and shares among itself`, async () => {
    const env = { GOTOOLCHAIN: `go${version}` };
    expect((await go.run(["go", "env", "GOVERSION"], env)).stdout.trim()).toBe(`go${version}`);
    const native = await runners.native({ gocache: await go.newCacheOf(`${component}-native`, env), env });
    const build = async (name: string) =>
      runners.build({ gocache: await go.newCacheOf(name, env), server: server.url, env });
    const first = await build(`${component}-1`);
    expect(first).toMatchObject({ exitCode: 0, digest: native.digest });
    expect(first.compiled).toHaveLength(packages);
    const second = await build(`${component}-2`);
    expect(second).toMatchObject({ exitCode: 0, digest: native.digest, compiled: [] });
  });
}
