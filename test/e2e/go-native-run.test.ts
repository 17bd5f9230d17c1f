import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ballast, createGoFixture, type GoFixture } from "./go-fixture.ts";

const byItself = "ballast: all of it was local, go ran by itself\n";

let go: GoFixture;
beforeAll(async () => {
  go = await createGoFixture();
});
afterAll(() => go[Symbol.dispose]());

/** Go indexes no folder with a file younger than two seconds: later runs would put an index that earlier ones did not. */
function age(path: string): void {
  const past = Date.now() / 1000 - 3600;
  utimesSync(path, past, past);
}

/** Builds until the run is left to Go alone, which takes a second run that finds all it needs. */
async function settle(env: Record<string, string>, out: string): Promise<void> {
  const runs = [];
  for (let i = 0; i < 3; i++) runs.push((await go.run([...ballast, "go", "build", "-o", out, "."], env)).stderr);
  expect(runs[2]).toBe(byItself);
}

describe("ballast go, when everything is local", () => {
  test("leaves the run to go, which still builds what changed, and lets the helper have the run after that", async () => {
    const out = join(go.folder, "changed");
    const env = { GOCACHE: go.newCache("changed-cache") };
    await settle(env, out);
    const source = join(go.module, "p3", "p.go");
    const before = readFileSync(source, "utf8");
    writeFileSync(source, before.replace("+ 3", "+ 1003"));
    try {
      const changed = await go.run([...ballast, "go", "build", "-o", out, "."], env);
      expect(changed).toMatchObject({ exitCode: 0 });
      expect(changed.stderr).toContain("built something new");
      expect((await go.run([out], {})).stdout).toBe("1067\n");
      const next = await go.run([...ballast, "go", "build", "-o", out, "."], env);
      expect(next.stderr).toMatch(/^ballast: \d+ hits/);
    } finally {
      writeFileSync(source, before);
      age(source);
    }
  });

  test("a damaged body is never left to go, which would not notice", async () => {
    const out = join(go.folder, "damaged");
    const GOCACHE = go.newCache("damaged-cache");
    await settle({ GOCACHE }, out);
    const list = await go.run(["go", "list", "-export", "-f", "{{.Export}}", "./p5"], { GOCACHE });
    const path = list.stdout.trim();
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(path, bytes);
    rmSync(out);
    const run = await go.run([...ballast, "go", "build", "-o", out, "."], { GOCACHE });
    expect(run.stderr).toMatch(/^ballast: \d+ hits .* damaged and refused/);
    expect((await go.run([out], {})).stdout).toBe("67\n");
  });

  test("other arguments, other settings and another go.mod are other runs", async () => {
    const out = join(go.folder, "other");
    const env = { GOCACHE: go.newCache("other-cache") };
    await settle(env, out);
    const others: [string[], Record<string, string>][] = [
      [["go", "build", "-o", out, "-ldflags=-s", "."], {}],
      [["go", "build", "-o", out, "."], { GOFLAGS: "-tags=other" }],
    ];
    for (const [argv, more] of others) {
      const run = await go.run([...ballast, ...argv], { ...env, ...more });
      expect(run).toMatchObject({ exitCode: 0 });
      expect(run.stderr).not.toBe(byItself);
    }
    appendFileSync(join(go.module, "go.mod"), "\n// a remark\n");
    const run = await go.run([...ballast, "go", "build", "-o", out, "."], env);
    expect(run.stderr).not.toBe(byItself);
    age(join(go.module, "go.mod"));
  });

  test("a run of another scope never sees this scope's folder", async () => {
    const out = join(go.folder, "scoped");
    const GOCACHE = go.newCache("scoped-cache");
    await settle({ GOCACHE, BALLAST_SCOPE: "main" }, out);
    rmSync(out);
    const run = await go.run([...ballast, "go", "build", "-o", out, "."], { GOCACHE, BALLAST_SCOPE: "pr/1" });
    expect(run.stderr).toMatch(/^ballast: 0 hits/);
    const folders = readdirSync(join(GOCACHE, "ballast", "scopes"));
    expect(folders).toHaveLength(1);
    await settle({ GOCACHE, BALLAST_SCOPE: "pr/1" }, out);
    expect(await go.run([...ballast, "go", "vet", "."], { GOCACHE, BALLAST_SCOPE: "main" })).toMatchObject({
      exitCode: 0,
    });
  });

  test("a failing command fails in the same way", async () => {
    const env = { GOCACHE: go.newCache("failing-cache") };
    for (let i = 0; i < 3; i++) {
      expect(await go.run([...ballast, "go", "build", "./nowhere"], env)).toMatchObject({ exitCode: 1 });
    }
  });
});
