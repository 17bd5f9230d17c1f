/**
 * `sh scripts/dev.sh bench/drift-loop.ts [ROUNDS]`: what `ballast lab drift` costs beside its builds. The lab builds 64
 * combinations of six factors of a net/http program; then a shell loop runs the same 64 commands in the same order over
 * the same warmed cache. Rounds are interleaved; prints each, the medians and their ratio. The bar is 1.3.
 */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "..");
const main = `package main

import (
	"fmt"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hello") })
	fmt.Println(http.ListenAndServe("127.0.0.1:0", nil))
}
`;
const factors = ["workdir", "trimpath", "buildvcs", "commit", "asyncpreemptoff", "tz"];

interface Run {
  readonly cell: { readonly levels: Readonly<Record<string, string>> };
}

function sh(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): string {
  const child = Bun.spawnSync([...argv], { cwd, env: { ...env }, stderr: "pipe" });
  if (child.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${child.stderr.toString()}`);
  return child.stdout.toString().trim();
}

function timed(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): number {
  const startedMs = performance.now();
  sh(argv, cwd, env);
  return performance.now() - startedMs;
}

/** The two copies with their two commits, as the lab makes them. */
function makeCopies(
  folder: string,
  module: string,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const heads: Record<string, string> = {};
  for (const place of ["a", "b"]) {
    const copy = join(folder, place, "web");
    cpSync(module, copy, { recursive: true });
    const git = (...words: string[]): string =>
      sh(["git", "-c", "user.name=B", "-c", "user.email=b@example.com", ...words], copy, env);
    git("init", "-q", "-b", "main");
    git("add", "-A");
    for (const number of ["1", "2"]) {
      git("commit", "-q", "--allow-empty", "-m", number);
      heads[place + number] = git("rev-parse", "HEAD");
    }
  }
  return heads;
}

function loopScript(folder: string, runs: readonly Run[], heads: Readonly<Record<string, string>>): string {
  const lines = runs.map(({ cell: { levels } }) => {
    const place = levels["workdir"] ?? "a";
    const head = heads[place + (levels["commit"] ?? "1")] ?? "";
    const trimpath = levels["trimpath"] === "on" ? "-trimpath " : "";
    const debug = levels["asyncpreemptoff"] === "1" ? "GODEBUG=asyncpreemptoff=1 " : "";
    return (
      `cd ${folder}/${place}/web; echo ${head} > .git/refs/heads/main; ` +
      `TZ=${levels["tz"]} ${debug}go build ${trimpath}-buildvcs=${levels["buildvcs"] === "on"} -o ${folder}/program .`
    );
  });
  return `set -e\n${lines.join("\n")}\n`;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? Number.NaN;
}

function measure(rounds: number, folder: string): void {
  const ballast = sh(["sh", "scripts/make-executable.sh"], root, process.env as Record<string, string>);
  const module = join(folder, "web");
  mkdirSync(module);
  writeFileSync(join(module, "go.mod"), "module example.org/web\n\ngo 1.24\n");
  writeFileSync(join(module, "main.go"), main);
  const caches = process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "", ".cache");
  const kept = {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "",
    TMPDIR: folder,
    LC_ALL: "C",
    GOENV: "off",
  };
  const env = { ...kept, XDG_CACHE_HOME: join(caches, "ballast", "bench-lab") };
  const gocache = join(env.XDG_CACHE_HOME, "ballast", "lab", "gocache");
  const words = [
    "lab",
    "drift",
    "--no-screen",
    "--noise=0",
    "--no-where",
    "--json",
    ...factors.map((name) => `--factor=${name}`),
  ];
  const lab = (dir: string): number => timed([ballast, ...words, "--dir", join(folder, dir)], module, env);
  if (process.argv[3] !== "warm") lab("warm"); // fills the cache, of both -trimpath and not
  const series: { lab: number; loop: number }[] = [];
  const heads = makeCopies(folder, module, env);
  for (let round = 0; round < rounds; round++) {
    const labMs = lab(`round-${round}`);
    const lines = readFileSync(join(folder, `round-${round}`, "runs.jsonl"), "utf8")
      .trim()
      .split("\n");
    writeFileSync(
      join(folder, "loop.sh"),
      loopScript(
        folder,
        lines.map((line) => JSON.parse(line) as Run),
        heads,
      ),
    );
    const loopMs = timed(["sh", join(folder, "loop.sh")], folder, { ...env, GOCACHE: gocache });
    series.push({ lab: labMs, loop: loopMs });
    console.log(`round ${round + 1}: lab ${(labMs / 1000).toFixed(1)} s, loop ${(loopMs / 1000).toFixed(1)} s`);
  }
  const [labMs, loopMs] = [medianOf(series.map((one) => one.lab)), medianOf(series.map((one) => one.loop))];
  console.log(
    `median: lab ${(labMs / 1000).toFixed(1)} s, loop ${(loopMs / 1000).toFixed(1)} s, ratio ${(labMs / loopMs).toFixed(2)}`,
  );
}

const folder = mkdtempSync(join(tmpdir(), "drift-loop-"));
try {
  measure(Number(process.argv[2] ?? "3"), folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
