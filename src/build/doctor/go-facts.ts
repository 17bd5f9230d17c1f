/** What the go command in PATH says of itself. */

import { type ProcessResult, runProcess } from "../../core/process.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export type GoFacts =
  | { readonly state: "missing" }
  /** It is there and fails; `said` is the end of what it printed. */
  | { readonly state: "failing"; readonly path: string; readonly said: string }
  | { readonly state: "found"; readonly path: string; readonly values: Readonly<Record<string, string>> };

const names = ["GOVERSION", "GOCACHE", "GOFLAGS", "GOCACHEPROG", "GOENV", "GOMOD", "GOTOOLCHAIN"];

/** Go may have to download the toolchain that go.mod asks for, as it would for a build. */
const goDeadlineMs = 60_000;

/**
 * Asks `go env` in `cwd`, where go.mod and the files that `go env -w` wrote have their say, and `go version`, which
 * refuses a GOFLAGS that no other go command would take either; `go env` passes it over.
 */
export async function readGoFacts(env: Environment, cwd: string, signal: AbortSignal): Promise<GoFacts> {
  const path = Bun.which("go", { PATH: env["PATH"] ?? "" });
  if (path === null) return { state: "missing" };
  const ask = (...args: string[]): Promise<ProcessResult> =>
    runProcess({ argv: [path, ...args], cwd, env, deadlineMs: goDeadlineMs, signal });
  const version = await ask("version");
  const result = version.exitCode === 0 ? await ask("env", "-json", ...names) : version;
  signal.throwIfAborted();
  if (result.timedOut) return { state: "failing", path, said: `no answer within ${goDeadlineMs / 1000} s` };
  const values = result.exitCode === 0 ? parseValues(result.stdout) : undefined;
  if (values === undefined) return { state: "failing", path, said: lastLine(result.stderr) };
  // A go command of before 1.24 does not know the variable and prints nothing for it.
  const GOCACHEPROG = values["GOCACHEPROG"] || (env["GOCACHEPROG"] ?? "");
  return { state: "found", path, values: { ...values, GOCACHEPROG } };
}

function parseValues(json: string): Record<string, string> | undefined {
  try {
    return JSON.parse(json) as Record<string, string>;
  } catch {
    return undefined; // another program by the name of go
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "it printed nothing";
}
