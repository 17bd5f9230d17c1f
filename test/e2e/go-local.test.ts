import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ballast, compiledPackages, createGoFixture, type GoFixture } from "./go-fixture.ts";

let go: GoFixture;
let native: string;
const cacheprog = [...ballast, "cacheprog"].join(" ");

beforeAll(async () => {
  go = await createGoFixture();
  const built = await go.run(["go", "build", "-o", join(go.folder, "native"), "."], {
    GOCACHE: go.newCache("native-cache"),
  });
  expect(built).toMatchObject({ exitCode: 0 });
  native = go.digest(join(go.folder, "native"));
});
afterAll(() => go[Symbol.dispose]());

describe("ballast cacheprog without a server", () => {
  test("builds the same binary, and what it stored is a hit for Go without it", async () => {
    const GOCACHE = go.newCache("stored");
    const out = join(go.folder, "out");
    expect(await go.run(["go", "build", "-o", out, "."], { GOCACHE, GOCACHEPROG: cacheprog })).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
    expect(go.digest(out)).toBe(native);
    rmSync(out);
    const again = await go.run(["go", "build", "-x", "-o", out, "."], { GOCACHE });
    expect(compiledPackages(again)).toEqual([]);
    expect(go.digest(out)).toBe(native);
  });

  test("what Go built is a hit for it", async () => {
    const GOCACHE = go.newCache("built");
    const out = join(go.folder, "out-built");
    await go.run(["go", "build", "-o", out, "."], { GOCACHE });
    rmSync(out);
    const again = await go.run(["go", "build", "-x", "-o", out, "."], { GOCACHE, GOCACHEPROG: cacheprog });
    expect(again.exitCode).toBe(0);
    expect(compiledPackages(again)).toEqual([]);
  });

  test("tests, vet and go list work, and a passed test is cached", async () => {
    const GOCACHE = go.newCache("tested");
    const env = { GOCACHE, GOCACHEPROG: cacheprog };
    expect(await go.run(["go", "test", "./..."], env)).toMatchObject({ exitCode: 0 });
    const again = await go.run(["go", "test", "./..."], env);
    expect(again.stdout.match(/\(cached\)/g)?.length).toBe(12);
    const list = await go.run(["go", "list", "-export", "-f", "{{.Export}}", "./p0"], env);
    expect(existsSync(list.stdout.trim())).toBe(true);
  });

  test("a damaged body is compiled again, to the same binary", async () => {
    const GOCACHE = go.newCache("damaged");
    const env = { GOCACHE, GOCACHEPROG: cacheprog };
    const list = await go.run(["go", "list", "-export", "-f", "{{.Export}}", "./..."], env);
    for (const path of list.stdout
      .trim()
      .split("\n")
      .filter((line) => line !== "")) {
      const bytes = Buffer.from(await Bun.file(path).bytes());
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
      writeFileSync(path, bytes);
    }
    expect(await go.run(["go", "build", "-o", join(go.folder, "out"), "."], env)).toMatchObject({ exitCode: 0 });
    expect(go.digest(join(go.folder, "out"))).toBe(native);
  });

  test("nothing of it stays behind in the folder but its own", async () => {
    const GOCACHE = go.newCache("tidy");
    await go.run(["go", "build", "-o", join(go.folder, "out"), "."], { GOCACHE, GOCACHEPROG: cacheprog });
    expect(readdirSync(join(GOCACHE, "ballast", "tmp"))).toEqual([]);
    expect(
      readdirSync(GOCACHE)
        .filter((name) => name.length !== 2)
        .toSorted(),
    ).toEqual(["README", "ballast", "trim.txt"]);
  });
});

describe("ballast go", () => {
  test("exits as go does, leaves standard output alone and ends with one line", async () => {
    const GOCACHE = go.newCache("governed");
    const run = await go.run([...ballast, "go", "run", "."], { GOCACHE });
    expect(run).toMatchObject({ exitCode: 0, stdout: "67\n" });
    expect(run.stderr).toMatch(/^ballast: \d+ hits \(0 from the server\), \d+ misses\n$/);
    expect(await go.run([...ballast, "go", "--quiet", "build", "./p0"], { GOCACHE })).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
    expect(await go.run([...ballast, "go", "frobnicate"], { GOCACHE })).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await go.run([...ballast, "go", "vet", "./nothing"], { GOCACHE })).toMatchObject({ exitCode: 1 });
  });

  test("a broken setting is a warning and a native build", async () => {
    const GOCACHE = go.newCache("broken", true);
    const run = await go.run([...ballast, "go", "version"], { GOCACHE, BALLAST_SERVER: "not an address" });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toStartWith("go version");
    expect(run.stderr).toContain("BALLAST_SERVER");
  });

  test("a flag that is not ours is refused, go's own are not looked at", async () => {
    const GOCACHE = go.newCache("flags", true);
    expect(await go.run([...ballast, "go", "--serverr", "x", "version"], { GOCACHE })).toMatchObject({
      exitCode: 2,
      stdout: "",
    });
    expect(await go.run([...ballast, "go", "version", "-m", "-v", go.folder], { GOCACHE })).toMatchObject({
      exitCode: 0,
    });
  });

  test("without a go command it says so", async () => {
    const empty = join(go.folder, "empty");
    mkdirSync(empty);
    const run = await go.run([...ballast, "go", "version"], { PATH: empty });
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain("no go command");
  });
});
