/** The Go versions to run on: the one in use, and those that GOTOOLCHAIN can choose without a download. */

import { readNames } from "../../../core/folder-names.ts";
import type { Bench } from "../../bench.ts";
import { coverageLabErrors } from "./errors.ts";

export interface Toolchain {
  /** `go1.25.0` */
  readonly version: string;
  /** What GOTOOLCHAIN is set to for it. */
  readonly choice: string;
}

type Environment = Readonly<Record<string, string>>;

/** @param named by the user; empty for all that are here. Throws `lab/coverage-toolchain-unusable`. */
export async function findToolchains(
  bench: Bench,
  env: Environment,
  modcache: string,
  named: readonly string[],
): Promise<readonly Toolchain[]> {
  const choices = named.length > 0 ? named : ["local", ...downloaded(modcache)];
  const found = new Map<string, Toolchain>();
  for (const choice of choices) {
    const version = await askVersion(bench, env, choice);
    if (!found.has(version)) found.set(version, { version, choice });
  }
  return [...found.values()];
}

/** `golang.org/toolchain@v0.0.1-go1.25.0.linux-amd64` */
function downloaded(modcache: string): string[] {
  const names = readNames(`${modcache}/golang.org`);
  const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  return names
    .flatMap((name) => {
      const match = /^toolchain@v0\.0\.1-(go1\.\d+(?:\.\d+|rc\d+)?)\.(\w+-\w+)$/.exec(name);
      return match?.[2] === platform ? [match[1] ?? ""] : [];
    })
    .toSorted(byVersion);
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

async function askVersion(bench: Bench, env: Environment, choice: string): Promise<string> {
  const request = { cwd: bench.cwd, env: { ...env, GOTOOLCHAIN: choice }, deadlineMs: 300_000 };
  const result = await bench.run(["go", "env", "GOVERSION"], request);
  const version = result.stdout.trim();
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? "0");
  if (result.exitCode === 0 && (minor >= 21 || version.startsWith("devel"))) return version;
  const detail = result.exitCode === 0 ? `${choice} is ${version}` : `${choice}: ${result.stderr.trim().slice(-1000)}`;
  throw coverageLabErrors.error("lab/coverage-toolchain-unusable", detail);
}
