/** The go commands of the demo: how they are run, and what is asked before the first build. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ProcessResult, runProcess } from "../../core/process.ts";
import { buildErrors } from "../errors.ts";
import { demoErrors } from "./errors.ts";
import type { Workspace } from "./workspace.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the builds are about, as go tells it. */
export interface BuildTarget {
  readonly goVersion: string;
  /** The import path of the program. */
  readonly importPath: string;
  /** As the user wrote it. */
  readonly package: string;
  /** For every command of the demo: the user's own, but for what would bend the comparison. */
  readonly env: Environment;
}

export interface TargetRequest {
  readonly workspace: Workspace;
  readonly package: string;
  readonly env: Environment;
  readonly isExample: boolean;
  readonly signal: AbortSignal;
}

/** Long enough to download a module's dependencies. */
const lookDeadlineMs = 10 * 60_000;

/**
 * Finds out what is to be built, and reads what go will read once, so that no build pays for a cold disk. Throws
 * `build/go-not-found`, `build/go-too-old`, `build/demo-module-unfit`, `build/demo-package-unfit`.
 */
export async function findTarget(request: TargetRequest): Promise<BuildTarget> {
  if (Bun.which("go", { PATH: request.env["PATH"] ?? "" }) === null) {
    throw buildErrors.error("build/go-not-found", "go was looked for in PATH");
  }
  // A go that is ended leaves its work behind; here it goes with everything else.
  const base = { ...demoEnvironment(request), GOTMPDIR: request.workspace.goWork };
  const look = { ...request, env: { ...base, GOCACHE: join(request.workspace.folder, "look") } };
  const goEnv = await readGoEnv(look);
  refuseOldGo(goEnv.GOVERSION);
  const env = goEnv.GOCACHEPROG === "" ? base : { ...base, GOENV: withoutCacheprog(goEnv.GOENV, request.workspace) };
  const importPath = await findProgram({ ...look, env: { ...env, GOCACHE: look.env.GOCACHE } });
  await readOnce(look, goEnv.GOTOOLDIR);
  return { goVersion: goEnv.GOVERSION, importPath, package: request.package, env };
}

/**
 * What a user set for Ballast or for the cache is not for the demo; and a proxy is not for this machine. The built-in
 * module is built without the user's GOFLAGS, which may ask for a vendor folder.
 */
export function demoEnvironment({ env, isExample }: Pick<TargetRequest, "env" | "isExample">): Environment {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("BALLAST_") && !name.startsWith("GOCACHE"));
  const noProxy = [env["NO_PROXY"] || env["no_proxy"], "127.0.0.1"].filter(Boolean).join(",");
  return {
    ...Object.fromEntries(kept),
    ...(isExample ? { GOFLAGS: "-buildvcs=false" } : {}),
    GOWORK: "off",
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    BALLAST_SCOPE: "main",
    // Runner 1 sends all that it built before it ends, and leaves no agent behind.
    BALLAST_WAIT_LIMIT: "60s",
  };
}

const asked = ["GOVERSION", "GOENV", "GOCACHEPROG", "GOTOOLDIR"] as const;

async function readGoEnv(request: TargetRequest): Promise<Record<(typeof asked)[number], string>> {
  const result = await runGoQuietly(request, ["env", "-json", ...asked]);
  if (result.exitCode !== 0) throw demoErrors.error("build/demo-module-unfit", `go says: ${result.stderr.trim()}`);
  return JSON.parse(result.stdout) as Record<(typeof asked)[number], string>;
}

/** Throws `build/go-too-old`. A version that cannot be read, of a toolchain built from source, is new enough. */
export function refuseOldGo(version: string): void {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || Number(major) > 1 || Number(minor) >= 24) return;
  throw demoErrors.error("build/go-too-old", `go says that it is ${version}`);
}

/** An empty variable does not hide what `go env -w` wrote, so go gets that file without the line. */
function withoutCacheprog(goEnvFile: string, workspace: Workspace): string {
  const lines = readFileSync(goEnvFile, "utf8").split("\n");
  const path = join(workspace.folder, "goenv");
  writeFileSync(path, lines.filter((line) => !line.startsWith("GOCACHEPROG=")).join("\n"));
  return path;
}

async function findProgram(request: TargetRequest): Promise<string> {
  const result = await runGoQuietly(request, ["list", "-f", "{{.Name}} {{.ImportPath}}", "--", request.package]);
  const found = result.stdout.split("\n").filter((line) => line !== "");
  if (result.exitCode !== 0) throw unfit(request, `go says: ${result.stderr.trim()}`);
  if (found.length !== 1) throw unfit(request, `it names ${found.length} packages`);
  const [name, importPath] = (found[0] ?? "").split(" ");
  if (name === "main") return importPath ?? "";
  const format = '{{if eq .Name "main"}}{{.ImportPath}}{{end}}';
  const programs = (await runGoQuietly(request, ["list", "-f", format, "./..."])).stdout.trim().split("\n");
  const hint = programs[0] === "" ? "the module has no program" : `programs are ${programs.slice(0, 5).join(", ")}`;
  throw unfit(request, `${importPath} is package ${name}; ${hint}`);
}

function unfit(request: TargetRequest, detail: string): Error {
  return demoErrors.error("build/demo-package-unfit", `${JSON.stringify(request.package)}: ${detail}`);
}

/** The first build must not look slow because it was the first to read the sources and the tools from the disk. */
async function readOnce(request: TargetRequest, toolFolder: string): Promise<void> {
  const format = '{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\\n"}}{{end}}';
  const listed = await runGoQuietly(request, ["list", "-deps", "-f", format, "--", request.package]);
  const tools = ["asm", "cgo", "compile", "link"].map((tool) => join(toolFolder, tool));
  for (const path of [...listed.stdout.split("\n"), ...tools]) {
    if (path === "") continue;
    try {
      readFileSync(path);
    } catch {
      continue; // the build will say what is wrong with it, if anything is
    }
  }
}

async function runGoQuietly(request: TargetRequest, args: readonly string[]): Promise<ProcessResult> {
  const { workspace, env, signal } = request;
  const result = await runProcess({
    argv: ["go", ...args],
    cwd: workspace.module,
    env,
    signal,
    deadlineMs: lookDeadlineMs,
  });
  signal.throwIfAborted();
  return result;
}
