/** The probe, a small Go program of ours, built once for each Go and kept in the user's cache folder. */

import { existsSync, mkdirSync, renameSync, rmSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { runProcess } from "../../../core/process.ts";
import { userCacheFolder } from "../../../go/env.ts";
import { hostGoEnvironment, safeGoEnvironment, type Environment } from "./go-environment.ts";
import factsSource from "./facts.go.txt" with { type: "text" };
import probeSource from "./probe.go.txt" with { type: "text" };
import treeSource from "./tree.go.txt" with { type: "text" };
import vettoolSource from "./vettool.go.txt" with { type: "text" };

const sources = {
  "probe.go": probeSource,
  "tree.go": treeSource,
  "facts.go": factsSource,
  "vettool.go": vettoolSource,
};

export interface ProbeRequest {
  /** A folder of the module: its go.mod may refuse this Go. */
  readonly folder: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** The program and the vet of its Go, or why there is none. */
export type ProbeAnswer = { readonly path: string; readonly vet: string } | { readonly reason: string };

const shortDeadlineMs = 30_000;
const buildDeadlineMs = 180_000;

/** The oldest Go whose standard library the probe can be built with. */
const oldestMinor = 24;

/** Builds the probe if this Go's is not there yet. Several at once: one builds, the others wait. */
export async function prepareProbe(request: ProbeRequest): Promise<ProbeAnswer> {
  const asked = await runGo(request, ["env", "GOVERSION", "GOTOOLDIR"], shortDeadlineMs);
  if ("reason" in asked) return asked;
  const [version = "", toolFolder = ""] = asked.output.trim().split("\n");
  const minor = /^go1\.(\d+)/.exec(version)?.[1] ?? /^devel go1\.(\d+)/.exec(version)?.[1];
  if (minor === undefined || Number(minor) < oldestMinor) {
    return { reason: `types need Go 1.${oldestMinor} or newer, and this is ${version || "unknown"}` };
  }
  const folder = join(userCacheFolder(request.env), "ballast", "go-probe", keyOf(version));
  const path = join(folder, process.platform === "win32" ? "probe.exe" : "probe");
  if (!existsSync(path)) {
    const reason = await withLock(`${folder}.lock`, request.signal, () =>
      existsSync(path) ? undefined : build(request, folder, path),
    );
    if (reason !== undefined) return { reason };
  }
  const vet = await findVet(request, toolFolder);
  return "reason" in vet ? vet : { path, vet: vet.output };
}

/** From Go 1.25 on, a distribution need not bring its vet: then Go builds it. */
async function findVet(request: ProbeRequest, toolFolder: string): Promise<{ output: string } | { reason: string }> {
  const brought = join(toolFolder, process.platform === "win32" ? "vet.exe" : "vet");
  if (existsSync(brought)) return { output: brought };
  const told = await runGo(request, ["tool", "-n", "vet"], buildDeadlineMs);
  return "reason" in told ? told : { output: told.output.trim() };
}

function keyOf(version: string): string {
  const facts = JSON.stringify([version, process.platform, process.arch, sources]);
  return new Bun.CryptoHasher("sha256").update(facts).digest("hex").slice(0, 32);
}

/** Why it could not be built, if so. */
async function build(request: ProbeRequest, folder: string, path: string): Promise<string | undefined> {
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(work, name), text);
    writeFileSync(join(work, "go.mod"), `module ballast.probe\n\ngo 1.${oldestMinor}\n`);
    const command = { ...request, folder: work, env: hostGoEnvironment(request.env) };
    const built = await runGo(
      command,
      ["build", "-trimpath", "-buildvcs=false", "-o", "probe.new", "."],
      buildDeadlineMs,
    );
    if ("reason" in built) return built.reason;
    mkdirSync(folder, { recursive: true });
    // By rename: whoever finds the name finds a whole program.
    renameSync(join(work, "probe.new"), path);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function runGo(
  { folder, env, signal }: ProbeRequest,
  args: readonly string[],
  deadlineMs: number,
): Promise<{ output: string } | { reason: string }> {
  try {
    const safe = args[0] === "build" ? env : safeGoEnvironment(env, { cgo: false });
    const result = await runProcess({ argv: ["go", ...args], cwd: folder, env: safe, deadlineMs, signal });
    if (result.exitCode === 0) return { output: result.stdout };
    return { reason: firstLine(result.stderr) || `go ${args[0] ?? ""} failed` };
  } catch (cause) {
    return { reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

const lockPollMs = 50;
/** A lock that is older than any build was left by a process that was killed. */
const lockStaleMs = 300_000;

async function withLock<T>(lock: string, signal: AbortSignal, run: () => T | Promise<T>): Promise<T> {
  mkdirSync(join(lock, ".."), { recursive: true });
  while (!takeLock(lock)) {
    signal.throwIfAborted();
    await Bun.sleep(lockPollMs);
  }
  try {
    return await run();
  } finally {
    rmdirSync(lock);
  }
}

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > lockStaleMs) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
