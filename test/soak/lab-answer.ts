/** A lab as a program, with its answer as JSON, over a lab cache that later series find again. */

import { readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { ballast } from "../e2e/go-fixture.ts";

export interface LabAnswer<Analysis, Value> {
  readonly analysis: Analysis;
  /** What each run gave. */
  readonly values: readonly Value[];
}

/** `bins`: folders in front of PATH. Raw values go into `folder`; any end but exit status 0 or 1 throws. */
export async function labAnswer<Analysis, Value>(
  folder: string,
  bins: readonly string[],
  words: readonly string[],
): Promise<LabAnswer<Analysis, Value>> {
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const { exitCode, stdout, stderr } = await runProcess({
    argv: [...ballast, "lab", ...words, "--json", "--dir", folder],
    cwd: tmpdir(),
    env: {
      PATH: [...bins, process.env["PATH"] ?? ""].join(":"),
      HOME: process.env["HOME"],
      TMPDIR: tmpdir(),
      XDG_CACHE_HOME: join(caches, "ballast", "test-lab"),
    },
    deadlineMs: 15 * 60_000,
  });
  if (exitCode !== 0 && exitCode !== 1) throw new Error(stderr);
  const lines = readFileSync(join(folder, "runs.jsonl"), "utf8").trimEnd().split("\n");
  const values = lines.map((line) => (JSON.parse(line) as { value: Value }).value);
  return { analysis: (JSON.parse(stdout) as { analysis: Analysis }).analysis, values };
}
