/**
 * Go's own script tests that concern the cache and coverage, each without the helper, with it, and with it on a second
 * runner. They clear the environment, so GOCACHEPROG stands in the go.env of a copy of GOROOT, with all settings as
 * flags in its value.
 *
 * BALLAST_SOAK_FOLDER names a folder that is kept, so that the scripts can be run in parts (`npm run soak -- scripts
 * cover_`) which share the copy, the caches and the server's data.
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { serve, type ServerProcess } from "../e2e/serve-fixture.ts";
import { cacheprog } from "../e2e/shared-runners.ts";

/** These set GOCACHEPROG themselves: they are about other helpers. */
const leftOut = new Set(["env_gocacheprog", "build_cacheprog_issue70848"]);

/**
 * These want to see a tool run in the first build into an empty GOCACHE, of something whose key holds no path of the
 * run. On a second runner it is a hit: that is what the server is for.
 */
const alreadyShared = new Set(["build_cache_pgo", "build_cache_trimpath"]);

const source = Bun.spawnSync(["go", "env", "GOROOT"]).stdout.toString().trim();
const scripts = ["*cache*.txt", "cover*.txt"]
  .flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: join(source, "src/cmd/go/testdata/script") })])
  .map((file) => basename(file, ".txt"))
  .filter((name, index, all) => !leftOut.has(name) && all.indexOf(name) === index)
  .toSorted();

const kept = process.env["BALLAST_SOAK_FOLDER"];
const folder = kept ?? mkdtempSync(join(tmpdir(), "ballast-scripts-"));
const goroot = join(folder, "goroot");
const program = join(folder, "go.test");
const buildDeadlineMs = 15 * 60_000;
const scriptDeadlineMs = 9 * 60_000;
let server: ServerProcess;
const seen: string[] = [];

beforeAll(async () => {
  mkdirSync(join(folder, "tmp"), { recursive: true });
  if (!existsSync(goroot)) cpSync(source, goroot, { recursive: true, verbatimSymlinks: true });
  if (!existsSync(program)) await buildProgram();
  server = await serve(join(folder, "server"));
});

afterAll(async () => {
  await server.end("SIGTERM");
  process.stdout.write(`${seen.join("\n")}\n`);
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
});

function environment(cache: string): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  const GOCACHE = join(folder, cache);
  mkdirSync(GOCACHE, { recursive: true });
  return {
    PATH: `${join(goroot, "bin")}:${PATH}`,
    HOME,
    TMPDIR: join(folder, "tmp"),
    GOROOT: goroot,
    GOCACHE,
    GOENV: "off",
  };
}

/** The go command's own tests, from the copy. */
async function buildProgram(): Promise<void> {
  const argv = ["go", "test", "-c", "-o", program, "."];
  const cwd = join(goroot, "src/cmd/go");
  const built = await runProcess({ argv, cwd, env: environment("cache-native"), deadlineMs: buildDeadlineMs });
  if (built.exitCode !== 0) throw new Error(`go's tests could not be built:\n${built.stderr}`);
}

interface Outcome {
  /** `PASS`, `FAIL`, `SKIP`, or what was said instead. */
  readonly verdict: string;
  readonly seconds: number;
  readonly output: string;
}

/** @param value of GOCACHEPROG; absent for go alone */
async function runScript(name: string, cache: string, value?: string): Promise<Outcome> {
  const lines = readFileSync(join(source, "go.env"), "utf8");
  writeFileSync(join(goroot, "go.env"), value === undefined ? lines : `${lines}\nGOCACHEPROG=${value}\n`);
  const argv = [program, "-test.v", `-test.run=^TestScript$/^${name}$`];
  const cwd = join(goroot, "src/cmd/go");
  const run = await runProcess({ argv, cwd, env: environment(cache), deadlineMs: scriptDeadlineMs });
  const output = `${run.stdout}\n${run.stderr}`;
  const said = new RegExp(`--- (PASS|FAIL|SKIP): TestScript/${name} `).exec(output)?.[1] ?? "nothing";
  const isWhole = run.exitCode === (said === "FAIL" ? 1 : 0);
  return { verdict: isWhole ? said : `${said}, exit ${run.exitCode}`, seconds: run.durationMs / 1000, output };
}

for (const name of scripts) {
  test(name, async () => {
    const native = await runScript(name, "cache-native");
    const helper = `${cacheprog} --server ${server.url} --scope main --image soak`;
    const first = await runScript(name, "cache-first", helper);
    // Another runner, which gets what the first one left on the server.
    const second = await runScript(name, "cache-second", helper);
    const runs = [native, first, second];
    seen.push(`${name}: ${runs.map(({ verdict, seconds }) => `${verdict} ${seconds.toFixed(1)} s`).join(", ")}`);
    const wanted = [native.verdict, native.verdict, alreadyShared.has(name) ? "FAIL" : native.verdict];
    const other = runs.find(({ verdict }, index) => verdict !== wanted[index]);
    if (other !== undefined) process.stdout.write(`${other.output}\n`);
    expect(runs.map(({ verdict }) => verdict)).toEqual(wanted);
  });
}
