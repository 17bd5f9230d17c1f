/** The module that is built: a folder of this machine, or a version from the module proxy. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { BenchFailure } from "../measure/failure.ts";
import type { WorkFolder } from "./work-folder.ts";

const downloadLimitMs = 10 * 60_000;

/** Puts a writable copy of the module into `pristine` of the work folder and returns its path. */
export async function fetchModule(module: string, work: WorkFolder): Promise<string> {
  const source = /@v/.test(module) ? await download(module, work) : resolve(module);
  if (!existsSync(join(source, "go.mod"))) throw new BenchFailure(`there is no go.mod in ${source}`);
  const pristine = work.at("pristine");
  // Modules from the proxy are read-only. Settings of Ballast's would change what is measured, and a history makes
  // Go ask git for a version.
  await copyFolder(source, pristine);
  await run(["sh", "-c", 'rm -rf "$1/.git" "$1/ballast.yaml"', "sh", pristine], work.path);
  return pristine;
}

/** Copies a folder without its modes, so that the copy can be changed. */
export async function copyFolder(source: string, target: string): Promise<void> {
  await run(["cp", "-R", "--no-preserve=mode,ownership", "--", source, target], "/");
}

async function download(module: string, work: WorkFolder): Promise<string> {
  const result = await run(["go", "mod", "download", "-json", module], work.path);
  const found = JSON.parse(result) as { readonly Dir?: string; readonly Error?: string };
  if (found.Dir === undefined) throw new BenchFailure(`${module}: ${found.Error ?? "it cannot be downloaded"}`);
  return found.Dir;
}

async function run(argv: readonly string[], cwd: string): Promise<string> {
  const result = await runProcess({ argv, cwd, deadlineMs: downloadLimitMs });
  if (result.exitCode !== 0) {
    throw new BenchFailure(`${argv.join(" ")}: ${result.stdout.slice(-500)}${result.stderr.slice(-2000)}`);
  }
  return result.stdout;
}
