/**
 * The cause that is often told: an emptied or read-only GOCACHE is said to drive the share up, by "profiles in
 * GOCACHE/cover that are merged". No Go has such a folder.
 */

import { cpSync, existsSync, mkdirSync, rmSync, utimesSync } from "node:fs";
import type { ProcessResult } from "../../../core/process.ts";
import type { CoverageKit } from "./kit.ts";
import { judged, type Scenario, type ScenarioValue } from "./scenario.ts";
import { moduleSources, truePercent } from "./sources.ts";

const test = ["test", "-coverpkg=./...", "-coverprofile=c.out", "./..."];

const cacheEmptied: Scenario = {
  name: "cache-emptied",
  doc: "GOCACHE is emptied between two runs",
  isSlow: true,
  async run(kit) {
    const gocache = kit.path("gocache");
    kit.write(moduleSources);
    await kit.mustGo(test, { GOCACHE: gocache });
    const hasCoverFolder = existsSync(kit.path("gocache/cover"));
    rmSync(gocache, { recursive: true });
    await kit.mustGo(test, { GOCACHE: gocache });
    return judged(await kit.percent("c.out"), truePercent, hasCoverFolder ? "" : "there is no folder GOCACHE/cover");
  },
};

const cacheReadOnly: Scenario = {
  name: "cache-read-only",
  doc: "GOCACHE is read-only",
  async run(kit) {
    kit.write(moduleSources);
    // Of files that are younger than two seconds Go keeps no index, which it then could not write either.
    const past = Date.now() / 1000 - 3600;
    for (const name of Object.keys(moduleSources)) utimesSync(kit.path(name), past, past);
    await kit.mustGo(test);
    const gocache = isRoot() ? (kit.env["GOCACHE"] ?? "") : copyOf(kit);
    const run = (argv: readonly string[], deadlineMs: number): Promise<ProcessResult> =>
      kit.bench.run(readOnlyCommand(gocache, argv), {
        cwd: kit.folder,
        env: { ...kit.env, GOCACHE: gocache },
        deadlineMs,
      });
    const trial = await run(["true"], 30_000);
    const why = "this process may neither mount nor withdraw its own right to write";
    if (trial.exitCode !== 0) return { outcome: "not-run", note: why };
    const { exitCode } = await run(["go", "test", "-count=1", ...test.slice(1)], 300_000);
    return readOnlyValue(kit, exitCode);
  },
};

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The lab's own cache must stay writable for what comes next. */
function copyOf(kit: CoverageKit): string {
  const gocache = kit.path("gocache");
  mkdirSync(gocache);
  cpSync(kit.env["GOCACHE"] ?? "", gocache, { recursive: true, preserveTimestamps: true });
  return gocache;
}

async function readOnlyValue(kit: CoverageKit, exitCode: number | undefined): Promise<ScenarioValue> {
  if (exitCode === 0) return judged(await kit.percent("c.out"), truePercent, "go passes");
  return judged(undefined, truePercent, "go fails, since it cannot write what it built");
}

/** Root ignores modes, so for root it is a mount, which only the command sees and which ends with it. */
function readOnlyCommand(folder: string, argv: readonly string[]): string[] {
  const mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
  if (isRoot()) return ["unshare", "--mount", "sh", "-c", mount, folder, ...argv];
  return ["sh", "-c", 'chmod -R a-w "$0"; "$@"; status=$?; chmod -R u+w "$0"; exit $status', folder, ...argv];
}

export const cacheScenarios: readonly Scenario[] = [cacheReadOnly, cacheEmptied];
