/** `ballast lab drift --verify`: a program is built again by its own information, and the factor that differs is named. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgoModule, createDriftBench, type DriftBench, plainModule } from "./drift-runs.ts";

let bench: DriftBench;
let module: string;
beforeAll(() => {
  bench = createDriftBench();
  module = bench.module("verify", cgoModule);
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "-A"],
    ["commit", "-q", "-m", "one"],
  ]) {
    git(...args);
  }
});
afterAll(() => bench[Symbol.dispose]());

function run(argv: readonly string[], cwd = module, env: Readonly<Record<string, string>> = {}): string {
  const gocache = { GOCACHE: join(bench.env["XDG_CACHE_HOME"] as string, "ballast/lab/gocache") };
  const child = Bun.spawnSync([...argv], { cwd, env: { ...bench.env, GOENV: "off", ...gocache, ...env } });
  if (child.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${child.stderr.toString()}`);
  return child.stdout.toString().trim();
}

const git = (...args: string[]): string => run(["git", "-c", "user.name=T", "-c", "user.email=t@example.com", ...args]);
let serial = 0;

function build(flags: readonly string[], cwd = module, env: Readonly<Record<string, string>> = {}): string {
  const out = join(bench.folder, `program-${serial++}`);
  run(["go", "build", ...flags, "-o", out, "."], cwd, env);
  return out;
}

interface Verified {
  readonly isEqual: boolean;
  readonly verdict: string;
  readonly factors: readonly { factor: string; was: string; now: string; isProven: boolean }[];
  readonly where?: { readonly kind: string };
}

async function verify(binary: string, cwd = module): Promise<Verified> {
  const result = await bench.run(cwd, "--verify", binary, "--json");
  const verified = JSON.parse(result.stdout) as Verified;
  expect(result.exitCode).toBe(verified.isEqual ? 0 : 1);
  expect(readdirSync(bench.temporary)).toEqual([]);
  return verified;
}

test("what was built from these sources is reproduced, whatever the flags were", async () => {
  for (const flags of [
    [],
    ["-trimpath"],
    ["-buildvcs=false", "-ldflags=-X main.stamp=v1", "-gcflags=-N"],
    ["-tags=y", "-trimpath", "-buildmode=pie"],
  ]) {
    expect(await verify(build(flags))).toMatchObject({ isEqual: true, factors: [] });
  }
  expect((await verify(build(["-tags=x"], module, { GOAMD64: "v1", CGO_CFLAGS: "-O1" }))).verdict).toStartWith(
    "Reproduced",
  );
}, 240_000);

test("flags that -trimpath keeps out of the program are found by trying", async () => {
  const stripped = await verify(build(["-trimpath", "-ldflags=-s -w"]));
  expect(stripped.factors).toEqual([{ factor: "ldflags", was: "-s -w", now: "not set", isProven: true }]);
  const compiler = await verify(build(["-trimpath"], module, { CC: "/usr/bin/gcc" }));
  expect(compiler.where?.kind).toBe("build-id");
  expect(compiler.factors).toMatchObject([{ factor: "cc", was: "/usr/bin/gcc", isProven: true }]);
}, 120_000);

test("another folder, another commit, a dirty tree, other sources", async () => {
  const moved = join(bench.folder, "elsewhere/verify");
  cpSync(module, moved, { recursive: true });
  expect((await verify(build(["-buildvcs=false"], moved))).factors).toMatchObject([
    { factor: "workdir", was: moved, now: module, isProven: false },
  ]);
  const [before, trimmed] = [build([]), build(["-trimpath"])];
  git("commit", "-q", "--allow-empty", "-m", "two");
  expect((await verify(trimmed)).factors).toMatchObject([{ factor: "commit", isProven: true }]);
  expect((await verify(before)).factors).toMatchObject([{ factor: "commit", isProven: false }]);
  writeFileSync(join(module, "notes"), "");
  const dirty = build(["-trimpath"]);
  run(["rm", "notes"]);
  expect((await verify(dirty)).factors).toMatchObject([{ factor: "dirty", was: "true", now: "false", isProven: true }]);
  const source = readFileSync(join(module, "extra.go"), "utf8");
  const original = build(["-trimpath", "-buildvcs=false"]);
  appendFileSync(join(module, "extra.go"), "\nvar big [64]int\n\nfunc init() { println(len(big), big[extra()%2]) }\n");
  const other = await verify(original);
  writeFileSync(join(module, "extra.go"), source);
  expect(other).toMatchObject({ isEqual: false, factors: [], where: { kind: "code" } });
  expect(other.verdict).toContain("other sources");
}, 240_000);

test("what is no such program is refused", async () => {
  const text = bench.module("text", plainModule);
  for (const file of [join(text, "main.go"), "/bin/true", join(text, "absent")]) {
    const result = await bench.run(module, "--verify", file);
    expect([result.exitCode, result.stderr.includes("lab/not-a-program")]).toEqual([2, true]);
  }
});
