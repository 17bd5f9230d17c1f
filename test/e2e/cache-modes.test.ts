/** `ballast go --cache=…`: what each mode promises, with a real Go, and that the usual cache is left as it was. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ballast, compiledPackages, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";
import { endsWithin, familyOf } from "./go-processes.ts";
import { type ServerProcess, serve } from "./serve-fixture.ts";

let go: GoFixture;
let native: string;
let usual: string;
let temporary: string;
let userCaches: string;

beforeAll(async () => {
  go = await createGoFixture();
  usual = go.newCache("usual");
  const out = join(go.folder, "native");
  expect(await go.run(["go", "build", "-o", out, "."], { GOCACHE: usual })).toMatchObject({ exitCode: 0 });
  native = go.digest(out);
  temporary = join(go.folder, "tmp");
  userCaches = join(go.folder, "caches");
  mkdirSync(temporary);
});
afterAll(() => go[Symbol.dispose]());

function governed(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<GoResult> {
  const own = { GOCACHE: usual, TMPDIR: temporary, XDG_CACHE_HOME: userCaches };
  return go.run([...ballast, "go", ...args], { ...own, ...env });
}

/** Name, kind, size, time and content of everything in a folder. */
function snapshot(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).toSorted().map((name) => {
    const path = join(folder, name);
    const { mode, size, mtimeMs, ctimeMs } = lstatSync(path);
    const isFile = (mode & 0o170000) === 0o100000;
    const hash = isFile ? new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex") : "";
    return [name, mode, isFile ? size : "", mtimeMs, ctimeMs, hash].join(" ");
  });
}

const leftovers = (): string[] => readdirSync(temporary).filter((name) => name.startsWith("ballast-off-"));
const jobFolders = (): string[] => readdirSync(join(userCaches, "ballast", "jobs"));

describe("--cache=off", () => {
  test("compiles everything in a cache of its own, which is gone afterwards", async () => {
    const before = snapshot(usual);
    const out = join(go.folder, "off");
    const built = await governed(["--cache=off", "build", "-x", "-o", out, "."]);
    expect(built.exitCode).toBe(0);
    expect(compiledPackages(built)).toContain("fmt");
    expect(compiledPackages(built)).toContain("example.org/fixture/p3");
    expect(go.digest(out)).toBe(native);
    expect(leftovers()).toEqual([]);
    expect(snapshot(usual)).toEqual(before);
  });

  test("go sees no GOCACHEPROG, wherever one is set, and its own settings besides", async () => {
    const settings = join(go.folder, "goenv");
    writeFileSync(settings, "GOCACHEPROG=/nowhere/helper\nGOAMD64=v2\n");
    const said = await governed(["--cache=off", "list", "-f", "{{context.ReleaseTags}}", "fmt"], {
      GOENV: settings,
      GOCACHEPROG: "/nowhere/other",
    });
    expect(said).toMatchObject({ exitCode: 0 });
    writeFileSync(join(go.folder, "print.go"), "package main\n\n//go:generate go env GOCACHE GOCACHEPROG GOAMD64\n");
    const generated = await governed(["--cache=off", "generate", join(go.folder, "print.go")], { GOENV: settings });
    const [gocache = "", gocacheprog, goamd64] = generated.stdout.split("\n");
    expect(gocache).toStartWith(temporary);
    expect(gocacheprog).toBe("");
    expect(goamd64).toBe("v2");
    expect(leftovers()).toEqual([]);
  });

  test("a failing build fails as it does, and leaves nothing behind", async () => {
    expect(await governed(["--cache=off", "list", "./absent"])).toMatchObject({ exitCode: 1 });
    expect(await governed(["--cache=off", "frobnicate"])).toMatchObject({ exitCode: 2 });
    expect(leftovers()).toEqual([]);
  });

  test("go killed, or Ballast told to end: the cache is gone", async () => {
    for (const victim of ["go", "ballast"] as const) {
      const { child, goPid } = await startSleeper();
      expect(leftovers()).toHaveLength(1);
      process.kill(victim === "go" ? goPid : child.pid, victim === "go" ? "SIGKILL" : "SIGTERM");
      await child.exited;
      expect(child.exitCode).toBe(victim === "go" ? 137 : 143);
      expect(leftovers()).toEqual([]);
    }
  });

  test("Ballast killed: the next command removes what is left once go has ended, and not before", async () => {
    const { child, goPid } = await startSleeper();
    child.kill("SIGKILL");
    await child.exited;
    expect(await governed(["--cache=off", "version"])).toMatchObject({ exitCode: 0 });
    expect(leftovers()).toHaveLength(1);
    process.kill(goPid, "SIGKILL");
    expect(await endsWithin(goPid, 5000)).toBe(true);
    expect(await governed(["--cache=off", "version"])).toMatchObject({ exitCode: 0 });
    expect(leftovers()).toEqual([]);
  });
});

/** `go generate` that sleeps: go lives long without compiling anything. */
async function startSleeper() {
  const file = join(go.folder, "sleep.go");
  writeFileSync(file, "package main\n\n//go:generate sleep 60\n");
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", TMPDIR: temporary, GOCACHE: usual };
  const child = Bun.spawn([...ballast, "go", "--cache=off", "generate", file], {
    cwd: go.module,
    env,
    stdout: "ignore",
    stderr: "ignore",
  });
  while (child.exitCode === null) {
    const folder = leftovers()[0];
    const owners = folder === undefined ? "[]" : await readOwners(join(temporary, folder, "owners"));
    const pids = (JSON.parse(owners || "[]") as { pid: number }[]).map(({ pid }) => pid);
    if (pids.length === 2 && familyOf([pids[1]!]).length > 1) return { child, goPid: pids[1]! };
    await Bun.sleep(10);
  }
  throw new Error(`ballast ended with ${child.exitCode} before go slept`);
}

async function readOwners(path: string): Promise<string> {
  return existsSync(path) ? Bun.file(path).text() : "[]";
}

describe("--cache=isolated", () => {
  test("one cache for a job's commands, another for another job, and the usual one is left alone", async () => {
    const before = snapshot(usual);
    const job = { GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "o/r", GITHUB_RUN_ID: "1", GITHUB_JOB: "build" };
    const out = join(go.folder, "isolated");
    const first = await governed(["--cache=isolated", "build", "-x", "-o", out, "."], job);
    expect(first.exitCode).toBe(0);
    expect(compiledPackages(first)).toContain("fmt");
    expect(go.digest(out)).toBe(native);
    const second = await governed(["--cache=isolated", "build", "-x", "-o", `${out}-2`, "."], job);
    expect(compiledPackages(second)).toEqual([]);
    const place = await governed(["--cache=isolated", "env", "GOCACHE"], job);
    const other = await governed(["--cache=isolated", "env", "GOCACHE"], { ...job, GITHUB_RUN_ID: "2" });
    expect(place.stdout).toStartWith(userCaches);
    expect(other.stdout).toStartWith(userCaches);
    expect(other.stdout).not.toBe(place.stdout);
    expect(jobFolders()).toHaveLength(2);
    expect(snapshot(usual)).toEqual(before);
  });

  test("a folder that cannot be made is told, and nothing is built elsewhere", async () => {
    const file = join(go.folder, "a-file");
    writeFileSync(file, "");
    const run = await governed(["--cache=isolated", "build", "."], { XDG_CACHE_HOME: file });
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain("build/private-cache-unusable");
    const off = await governed(["--cache=off", "build", "."], { TMPDIR: file });
    expect(off.exitCode).toBe(3);
    expect(off.stderr).toContain("build/private-cache-unusable");
  });

  test("a ballast go inside of it stays in it", async () => {
    const file = join(go.folder, "nested.go");
    writeFileSync(file, `package main\n\n//go:generate ${[...ballast, "go", "env", "GOCACHE"].join(" ")}\n`);
    const nested = await governed(["--cache=isolated", "generate", file], { BALLAST_SERVER: "http://127.0.0.1:1" });
    const place = await governed(["--cache=isolated", "env", "GOCACHE"]);
    expect(nested).toMatchObject({ exitCode: 0, stdout: place.stdout });
  });
});

describe("--cache=read-only", () => {
  const job = { BALLAST_JOB: "reader" };

  test("finds what the usual cache holds, and keeps what it builds to itself", async () => {
    const before = snapshot(usual);
    const out = join(go.folder, "read-only");
    const first = await governed(["--cache=read-only", "build", "-x", "-o", out, "."], job);
    expect(first.exitCode).toBe(0);
    expect(compiledPackages(first)).toEqual([]);
    expect(go.digest(out)).toBe(native);
    const source = join(go.module, "p5", "p.go");
    const text = readFileSync(source, "utf8");
    try {
      writeFileSync(source, text.replace("+ 5", "+ 6"));
      const changed = await governed(["--cache=read-only", "build", "-x", "-o", out, "."], job);
      expect(compiledPackages(changed).toSorted()).toEqual(
        ["main", ...[5, 6, 7, 8, 9, 10, 11].map((i) => `example.org/fixture/p${i}`)].toSorted(),
      );
      expect(go.digest(out)).not.toBe(native);
      const again = await governed(["--cache=read-only", "build", "-x", "-o", out, "."], job);
      expect(compiledPackages(again)).toEqual([]);
    } finally {
      writeFileSync(source, text);
    }
    expect(snapshot(usual)).toEqual(before);
  });

  test("a damaged body of the usual cache is compiled again, elsewhere", async () => {
    const damaged = go.newCache("damaged-usual");
    const env = { ...job, BALLAST_JOB: "damaged", GOCACHE: damaged };
    await go.run(["go", "build", "./p0"], { GOCACHE: damaged });
    const list = await go.run(["go", "list", "-export", "-f", "{{.Export}}", "./p0"], { GOCACHE: damaged });
    const body = list.stdout.trim();
    const bytes = readFileSync(body);
    bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 1;
    writeFileSync(body, bytes);
    const before = snapshot(damaged);
    const built = await governed(["--cache=read-only", "build", "-x", "./p0"], env);
    expect(compiledPackages(built)).toEqual(["example.org/fixture/p0"]);
    expect(snapshot(damaged)).toEqual(before);
  });

  test("gets from the server and sends nothing to it", async () => {
    const server: ServerProcess = await serve(join(go.folder, "server"));
    try {
      const env = { BALLAST_SERVER: server.url };
      const writer = { ...env, GOCACHE: go.newCache("writer") };
      expect(await governed(["build", "."], writer)).toMatchObject({ exitCode: 0 });
      // The program that it linked is sent behind it.
      expect(await go.run([...ballast, "flush"], writer)).toMatchObject({ exitCode: 0 });
      const stored = await storedEntries(server);
      expect(stored).toBeGreaterThan(10);
      const cold = go.newCache("cold");
      const summaryFile = join(go.folder, "read-only-summary");
      const reader = { ...env, GOCACHE: cold, BALLAST_JOB: "cold", BALLAST_SUMMARY_FILE: summaryFile };
      const read = await governed(["--cache=read-only", "build", "-x", "."], reader);
      expect(compiledPackages(read)).toEqual([]);
      expect(read.stderr).toMatch(/\([1-9]\d+ from the server\)/);
      const source = join(go.module, "p11", "p.go");
      const text = readFileSync(source, "utf8");
      try {
        writeFileSync(source, text.replace("+ 11", "+ 12"));
        const built = await governed(["--cache=read-only", "build", "-x", "."], reader);
        expect(compiledPackages(built)).toHaveLength(2);
      } finally {
        writeFileSync(source, text);
      }
      const summaries = readFileSync(summaryFile, "utf8").trim().split("\n");
      for (const line of summaries) expect(JSON.parse(line)).toMatchObject({ uploaded: 0, bytesUp: 0, handedOver: 0 });
      expect(await storedEntries(server)).toBe(stored);
    } finally {
      await server.end("SIGTERM");
    }
  });
});

async function storedEntries(server: ServerProcess): Promise<number> {
  const listed = await go.run([...ballast, "cache", "ls", "--server", server.url, "--json"], {});
  return listed.stdout.split("\n").length - 1;
}

describe("fuzzing", () => {
  const fuzzSource = `package fuzz

import "testing"

func FuzzBytes(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		if len(b) > 0 && b[0] == 'a' { n++ }
		if len(b) > 1 && b[1] == 'b' { n++ }
		if len(b) > 2 && b[2] == 'c' { n++ }
		_ = n
	})
}
`;

  test("is refused where its corpus would be lost, by whatever flag or GOFLAGS", async () => {
    for (const mode of ["off", "isolated"]) {
      for (const [args, env] of [
        [["-fuzz", "FuzzBytes"], {}],
        [["--test.fuzz=."], {}],
        [["."], { GOFLAGS: "-fuzz=." }],
      ] as const) {
        const run = await governed([`--cache=${mode}`, "test", ...args], env);
        expect(run.exitCode).toBe(2);
        expect(run.stderr).toContain("build/fuzz-without-corpus");
      }
    }
    expect(leftovers()).toEqual([]);
  });

  test("--keep-fuzz lets the corpus, and nothing else, lie in the usual cache", async () => {
    const module = join(go.folder, "fuzz");
    mkdirSync(module);
    writeFileSync(join(module, "go.mod"), "module example.org/fuzz\n\ngo 1.24\n");
    writeFileSync(join(module, "f_test.go"), fuzzSource);
    const before = snapshot(usual);
    const env = { GOCACHE: usual, TMPDIR: temporary, XDG_CACHE_HOME: userCaches };
    const words = ["--cache=off", "--keep-fuzz", "test", "-fuzz=FuzzBytes", "-fuzztime=2000x", "."];
    const run = await go.run([...ballast, "go", ...words], env, module);
    expect(run).toMatchObject({ exitCode: 0 });
    const corpus = join(usual, "fuzz", "example.org", "fuzz", "FuzzBytes");
    expect(readdirSync(corpus).length).toBeGreaterThan(0);
    const added = snapshot(usual).filter((line) => !before.includes(line));
    expect(added.every((line) => line.startsWith("fuzz"))).toBe(true);
    expect(leftovers()).toEqual([]);
  });
});
