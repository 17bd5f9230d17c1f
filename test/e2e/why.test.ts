/** `ballast why` names planted causes, with a real Go. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testWith } from "../with-component.ts";
import { ballast, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";

let go: GoFixture;
let gocache: string;
let module: string;
let serial = 0;

beforeAll(async () => {
  go = await createGoFixture();
  gocache = go.newCache("cache");
  module = join(go.folder, "why");
  const past = Date.now() / 1000 - 3600;
  const files: Record<string, string> = {
    "go.mod": "module example.org/why\n\ngo 1.24\n",
    "main.go": 'package main\n\nimport "example.org/why/c"\n\nfunc main() { println(c.C()) }\n',
    "a/a.go": "package a\n\nfunc A() int { return 1 }\n",
    "b/b.go": 'package b\n\nimport "example.org/why/a"\n\nfunc B() int { return a.A() }\n',
    "c/c.go": 'package c\n\nimport "example.org/why/b"\n\nfunc C() int { return b.B() }\n',
    "c/c_test.go":
      'package c\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestC(t *testing.T) {\n\tos.Getenv("WHY_MODE")\n' +
      '\tif _, err := os.ReadFile("data.txt"); err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n',
    "c/data.txt": "data\n",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(module, name, ".."), { recursive: true });
    writeFileSync(join(module, name), text);
    utimesSync(join(module, name), past, past);
  }
});
afterAll(() => go[Symbol.dispose]());

interface Why {
  readonly hits: number;
  readonly misses: {
    kind: string;
    package: string;
    ranMs: number;
    causes: { kind: string; what: string }[];
    chain: string[];
  }[];
  readonly roots: { cause: { kind: string; what: string }; package?: string; misses: number; ranMs: number }[];
}

/** A caches folder of its own, so that each test has its own records. */
function newRecords(): Record<string, string> {
  return { GOCACHE: gocache, XDG_CACHE_HOME: join(go.folder, `records-${serial++}`) };
}

async function record(words: readonly string[], env: Record<string, string>, cwd = module): Promise<GoResult> {
  const ran = await go.run([...ballast, "go", "--quiet", "--record", ...words], env, cwd);
  expect(ran.stderr).not.toContain("ballast: warning");
  return ran;
}

async function why(env: Record<string, string>, flags: readonly string[] = [], cwd = module): Promise<Why> {
  const said = await go.run([...ballast, "why", "--json", ...flags], env, cwd);
  expect(said).toMatchObject({ exitCode: 0 });
  return JSON.parse(said.stdout) as Why;
}

const out = (): string => join(go.folder, `out-${serial++}`);
const missOf = (said: Why, path: string) => said.misses.find((miss) => miss.package === path);

describe("why a build missed", () => {
  test("nothing changed: nothing missed", async () => {
    const env = newRecords();
    const path = out();
    await record(["build", "-o", path, "."], env);
    await record(["build", "-o", path, "."], env);
    expect(await why(env)).toMatchObject({ misses: [], roots: [] });
  });

  test("a source file: the package has it, its importers the shortest chain to it, and its cost is theirs", async () => {
    const env = newRecords();
    const path = join(module, "a", "a.go");
    const text = readFileSync(path, "utf8");
    await record(["build", "-o", out(), "."], env);
    try {
      writeFileSync(path, text.replace("return 1", "return 2"));
      await record(["build", "-o", out(), "."], env);
    } finally {
      writeFileSync(path, text);
    }
    const said = await why(env);
    expect(missOf(said, "example.org/why/a")).toMatchObject({
      causes: [{ kind: "source", what: "a.go" }],
      chain: ["example.org/why/a"],
    });
    expect(missOf(said, "example.org/why/c")).toMatchObject({
      causes: [{ kind: "source", what: "a.go" }],
      chain: ["example.org/why/a", "example.org/why/b", "example.org/why/c"],
    });
    expect(said.roots).toHaveLength(1);
    expect(said.roots[0]).toMatchObject({ package: "example.org/why/a", cause: { kind: "source" } });
    expect(said.roots[0]!.ranMs).toBe(said.misses.reduce((sum, miss) => sum + miss.ranMs, 0));
    const shown = await go.run([...ballast, "why"], env, module);
    expect(shown.stdout).toContain("dependency: example.org/why/a → example.org/why/b (source: a.go)");
  });

  test("a flag", async () => {
    const env = newRecords();
    await record(["build", "-o", out(), "./a"], env);
    await record(["build", "-gcflags=-N", "-o", out(), "./a"], env);
    const said = await why(env);
    expect(missOf(said, "example.org/why/a")?.causes[0]).toMatchObject({
      kind: "flag",
      what: expect.stringContaining("-N") as string,
    });
    const trimmed = newRecords();
    await record(["build", "-gcflags=-l", "./a"], trimmed);
    await record(["build", "-gcflags=-l", "-trimpath", "./a"], trimmed);
    expect((await why(trimmed)).roots[0]?.cause).toMatchObject({ kind: "flag", what: "-trimpath" });
  });

  test("the environment", async () => {
    const env = newRecords();
    await record(["build", "./a"], env);
    await record(["build", "./a"], { ...env, GOAMD64: "v3" });
    const said = await why(env);
    expect(missOf(said, "example.org/why/a")?.causes).toEqual([{ kind: "environment", what: "GOAMD64: v1 → v3" }]);
  });

  test("the directory", async () => {
    const env = newRecords();
    const moved = join(go.folder, "elsewhere");
    cpSync(module, moved, { recursive: true, preserveTimestamps: true });
    await record(["build", "./..."], env);
    await record(["build", "./..."], env, moved);
    const said = await why(env);
    expect(said.roots).toHaveLength(1);
    expect(said.roots[0]?.cause).toEqual({ kind: "directory", what: `${module} → ${moved}` });
    expect(said.roots[0]?.misses).toBeGreaterThanOrEqual(3);
  });

  testWith("go1.27", "the compiler", async (component) => {
    const env = newRecords();
    await record(["build", "./a"], env);
    const other = { ...env, PATH: `${join(component, "bin")}:${process.env["PATH"] ?? ""}` };
    await record(["build", "./a"], other);
    const said = await why(env);
    expect(missOf(said, "example.org/why/a")?.causes[0]).toMatchObject({
      kind: "compiler",
      what: expect.stringContaining("→ go1.27") as string,
    });
    expect(said.roots[0]?.cause.kind).toBe("compiler");
  });

  test("the same inputs, and the cache did not have it", async () => {
    const env = newRecords();
    await record(["build", "./a"], env);
    await record(["build", "./a"], { ...env, GOCACHE: go.newCache("another") });
    expect(missOf(await why(env), "example.org/why/a")?.causes[0]?.kind).toBe("not in the cache");
  });

  test("a package that is new", async () => {
    const env = newRecords();
    await record(["build", "./a"], env);
    mkdirSync(join(module, "fresh"), { recursive: true });
    writeFileSync(join(module, "fresh", "f.go"), "package fresh\n");
    await record(["build", "./a", "./fresh"], env);
    expect(missOf(await why(env), "example.org/why/fresh")?.causes[0]?.kind).toBe("new package");
  });
});

describe("why a test was run again", () => {
  const isCached = ({ stdout }: GoResult): boolean => stdout.includes("(cached)");

  test("the time of a file that it read, a variable, a file's content", async () => {
    const env = newRecords();
    const data = join(module, "c", "data.txt");
    await record(["test", "./c"], env);
    expect(isCached(await record(["test", "./c"], env))).toBe(true);
    expect((await why(env)).misses).toEqual([]);

    const past = Date.now() / 1000 - 1800;
    utimesSync(data, past, past);
    expect(isCached(await record(["test", "./c"], env))).toBe(false);
    expect((await why(env)).misses).toMatchObject([
      { kind: "test", package: "example.org/why/c", causes: [{ kind: "file time", what: data }] },
    ]);

    await record(["test", "./c"], { ...env, WHY_MODE: "x" });
    expect((await why(env)).misses).toMatchObject([
      { kind: "test", causes: [{ kind: "environment", what: "WHY_MODE" }] },
    ]);

    await record(["test", "./c"], { ...env, GODEBUG: "madvdontneed=1", WHY_MODE: "x" });
    expect((await why(env)).misses).toMatchObject([
      { kind: "test", causes: [{ kind: "environment", what: "GODEBUG" }] },
    ]);

    writeFileSync(data, "other\n");
    utimesSync(data, past, past);
    await record(["test", "./c"], { ...env, GODEBUG: "madvdontneed=1", WHY_MODE: "x" });
    expect((await why(env)).misses).toMatchObject([{ kind: "test", causes: [{ kind: "source", what: data }] }]);
  });

  test("recording does not change what go keeps: a plain run after it is cached, and one before it too", async () => {
    const env = newRecords();
    const plain = ["test", "-run", "TestC", "./c"];
    await go.run(["go", ...plain], { GOCACHE: gocache }, module);
    expect(isCached(await record(plain, env))).toBe(true);
    expect(isCached(await go.run(["go", ...plain], { GOCACHE: gocache }, module))).toBe(true);
  });
});

describe("records", () => {
  test("are their owner's alone, can be given as files, and what is none is told", async () => {
    const env = newRecords();
    await record(["build", "./a"], env);
    const refused = await go.run([...ballast, "why"], env, module);
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toContain("build/no-record");
    await record(["build", "-gcflags=-l=4", "./a"], env);
    const listed = await go.run([...ballast, "why", "--list", "--json"], env, module);
    const { records } = JSON.parse(listed.stdout) as { records: string[] };
    expect(records).toHaveLength(2);
    expect(statSync(records[0]!).mode & 0o777).toBe(0o600);
    const said = await why(newRecords(), ["--before", records[0]!, "--after", records[1]!]);
    expect(said.roots[0]?.cause.kind).toBe("flag");
    const junk = join(go.folder, "junk.zst");
    writeFileSync(junk, "junk");
    const bad = await go.run([...ballast, "why", "--before", junk, "--after", records[1]!], env, module);
    expect(bad.stderr).toContain("build/record-unreadable");
  });

  test("a mode without a cache to ask says so and builds", async () => {
    const ran = await go.run([...ballast, "go", "--record", "--cache=off", "list", "-m"], newRecords(), module);
    expect(ran).toMatchObject({ exitCode: 0, stdout: "example.org/why\n" });
    expect(ran.stderr).toContain("nothing is recorded with --cache=off");
  });

  test("a build that fails is recorded as far as it came", async () => {
    const env = newRecords();
    const path = join(module, "b", "b.go");
    const text = readFileSync(path, "utf8");
    await record(["build", "./..."], env);
    try {
      writeFileSync(path, `${text}\nfunc broken() int { return "text" }\n`);
      expect((await record(["build", "./..."], env)).exitCode).toBe(1);
    } finally {
      writeFileSync(path, text);
    }
    expect(missOf(await why(env), "example.org/why/b")?.causes[0]).toEqual({ kind: "source", what: "b.go" });
  });
});
