/** What a scenario works with: a small module of its own, one Go, and figures as that Go's own tool gives them. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ProcessResult } from "../../../core/process.ts";
import type { Bench } from "../../bench.ts";
import { coverageLabErrors } from "./errors.ts";

export interface CoverageKit {
  readonly bench: Bench;
  /** Of the Go, `go1.25.0`. */
  readonly version: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  write(files: Readonly<Record<string, string>>): void;
  read(name: string): string;
  path(name: string): string;
  /** `go ARGS…` in the module. */
  go(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<ProcessResult>;
  /** The same, which must succeed. Throws `lab/coverage-run-failed`. */
  mustGo(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<ProcessResult>;
  /** A program of the module. Throws `lab/coverage-run-failed`. */
  mustRun(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<ProcessResult>;
  /** The total that `go tool cover -func` prints, in per cent; `undefined` where it refuses the profile. */
  percent(profile: string): Promise<number | undefined>;
}

const commandDeadlineMs = 300_000;

export type KitPlace = Pick<CoverageKit, "version" | "folder" | "env">;

export function createKit(bench: Bench, place: KitPlace): CoverageKit {
  const { folder, env } = place;
  const path = (name: string): string => join(folder, name);
  const start = (argv: readonly string[], extra: Readonly<Record<string, string>> = {}): Promise<ProcessResult> =>
    bench.run(argv, { cwd: folder, env: { ...env, ...extra }, deadlineMs: commandDeadlineMs });
  const must = async (argv: readonly string[], extra?: Readonly<Record<string, string>>): Promise<ProcessResult> => {
    const result = await start(argv, extra);
    const said = `${argv.join(" ")}: ${result.stdout.slice(-1000)}${result.stderr.slice(-1000)}`;
    if (result.exitCode !== 0) throw coverageLabErrors.error("lab/coverage-run-failed", said);
    return result;
  };
  return {
    ...place,
    bench,
    path,
    read: (name) => readFileSync(path(name), "utf8"),
    write(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(path(name)), { recursive: true });
        writeFileSync(path(name), text);
      }
    },
    go: (args, extra) => start(["go", ...args], extra),
    mustGo: (args, extra) => must(["go", ...args], extra),
    mustRun: must,
    async percent(profile) {
      const { exitCode, stdout } = await start(["go", "tool", "cover", `-func=${profile}`]);
      const total = /^total:\s+\(statements\)\s+([\d.]+)%$/m.exec(stdout)?.[1];
      return exitCode === 0 && total !== undefined ? Number(total) : undefined;
    },
  };
}
