/** The builds of the demo. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunSummary } from "../../cache/helper/summary.ts";
import { runProcess } from "../../core/process.ts";
import { ownCommand } from "../../core/own-command.ts";
import { readSummaries } from "../run-summary.ts";
import { demoErrors } from "./errors.ts";
import type { BuildTarget } from "./go-commands.ts";
import type { Workspace } from "./workspace.ts";

export interface DemoBuild {
  readonly name: "native cold" | "unpack tar" | "runner 1" | "runner 2" | "20 ms away" | "again";
  /** What is special about it, for people. */
  readonly remark: string;
  /** The folder that is its GOCACHE. */
  readonly cache: string;
  /** How it reaches the cache server; absent for go alone. */
  readonly way?: "near" | "far";
  /** Its GOCACHE comes from an archive of native cold's. */
  readonly isUnpacked?: true;
}

/** Of the far way to the server. */
export const farRoundTripMs = 20;

/** In this order. */
export const demoBuilds: readonly DemoBuild[] = [
  { name: "native cold", remark: "go alone, empty GOCACHE", cache: "native" },
  { name: "unpack tar", remark: "GOCACHE from an archive, then go alone", cache: "unpacked", isUnpacked: true },
  { name: "runner 1", remark: "empty GOCACHE, empty server", cache: "runner-1", way: "near" },
  { name: "runner 2", remark: "empty GOCACHE, what runner 1 left on the server", cache: "runner-2", way: "near" },
  { name: "20 ms away", remark: "empty GOCACHE, the server a 20 ms round trip away", cache: "runner-3", way: "far" },
  { name: "again", remark: "runner 2 once more, nothing changed", cache: "runner-2", way: "near" },
];

export interface BuildFigures {
  readonly name: DemoBuild["name"];
  /** Unpacking included. */
  readonly seconds: number;
  /** Where GOCACHE came from an archive. */
  readonly unpacking?: { readonly seconds: number; readonly archiveBytes: number };
  /** SHA-256 of the binary, hex. */
  readonly binary: string;
  /** Absent for go alone. */
  readonly cache: RunSummary | undefined;
}

interface BuildRequest {
  readonly build: DemoBuild;
  readonly workspace: Workspace;
  readonly target: BuildTarget;
  /** By the way to it. */
  readonly servers: Readonly<Record<"near" | "far", string>>;
  readonly signal: AbortSignal;
}

const buildDeadlineMs = 30 * 60_000;
const flushDeadlineMs = 60_000;

/** Builds into a file of its own, so that go has to link. Throws `build/demo-module-unfit`, `build/demo-build-failed`. */
export async function runBuild(request: BuildRequest): Promise<BuildFigures> {
  const { build, workspace, target, servers, signal } = request;
  const name = build.name.replaceAll(" ", "-");
  const binary = join(workspace.folder, "out", name);
  const summaryFile = join(workspace.folder, `${name}.summary`);
  const go = build.way === undefined ? ["go"] : [...ownCommand(), "go", "--server", servers[build.way]];
  const result = await runProcess({
    argv: [...go, "build", "-buildvcs=false", "-o", binary, "--", target.package],
    cwd: workspace.module,
    env: { ...target.env, GOCACHE: join(workspace.folder, build.cache), BALLAST_SUMMARY_FILE: summaryFile },
    deadlineMs: buildDeadlineMs,
    outputCapBytes: 1_000_000,
    signal,
  });
  signal.throwIfAborted();
  if (result.exitCode !== 0) {
    const code = build.way === undefined ? "build/demo-module-unfit" : "build/demo-build-failed";
    const said = result.timedOut ? "it did not end within 30 minutes" : result.stderr.trim().slice(-2000);
    throw demoErrors.error(code, `${build.name}: ${said}`);
  }
  const digest = new Bun.CryptoHasher("sha256").update(readFileSync(binary)).digest("hex");
  return { name: build.name, seconds: result.durationMs / 1000, binary: digest, cache: readSummaries(summaryFile) };
}

/** As a job's last step does: what the build made, its program too, is with the server when the next one begins. */
export async function flushBuild({ build, workspace, target, servers, signal }: BuildRequest): Promise<void> {
  if (build.way === undefined) return;
  await runProcess({
    argv: [...ownCommand(), "flush", "--attempt", "--server", servers[build.way]],
    cwd: workspace.module,
    env: { ...target.env, GOCACHE: join(workspace.folder, build.cache) },
    deadlineMs: flushDeadlineMs,
    signal,
  });
}
