/** All packages of a tree with types, from Go's own type checker by way of the probe. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runProcess } from "../../../core/process.ts";
import type { GoBuild } from "../../area.ts";
import type { SourceTree } from "../../source-tree.ts";
import { readLayout } from "../load/module-layout.ts";
import type { GoPackage } from "../program.ts";
import { ProgramIndex } from "../program-index.ts";
import { makeStandardLibrary } from "../syntax/standard-library.ts";
import { safeGoEnvironment, type Environment } from "./go-environment.ts";
import { prepareProbe } from "./probe-build.ts";
import { readRecords } from "./record.ts";
import { makeTypedPackage } from "./typed-package.ts";

export interface TypedRequest {
  /** The folder that the tree's paths are relative to. */
  readonly root: string;
  readonly tree: SourceTree;
  readonly build: GoBuild;
  readonly cgo: boolean;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** The packages, one in memory at a time, or why there are none. Call `dispose` at the end. */
export type TypedAnswer = { readonly packages: Iterable<GoPackage>; dispose(): void } | { readonly reason: string };

/** go list compiles what is not in Go's cache for its export data. */
const probeDeadlineMs = 900_000;

/** Runs the probe in each module of the tree. One that fails fails all: half of a program would make wrong summaries. */
export async function loadTyped(request: TypedRequest): Promise<TypedAnswer> {
  const { modules } = readLayout(request.tree);
  if (modules.length === 0) return { reason: "there is no go.mod" };
  const work = mkdtempSync(join(tmpdir(), "ballast-types-"));
  const dispose = (): void => rmSync(work, { recursive: true, force: true });
  const records: string[] = [];
  for (const { folder } of modules) {
    const path = join(work, `${records.length}`);
    const reason = await runProbe(request, join(request.root, folder), path);
    if (reason !== undefined) {
      dispose();
      return { reason };
    }
    records.push(path);
  }
  return { packages: packagesOf(request, records), dispose };
}

async function runProbe(request: TypedRequest, folder: string, out: string): Promise<string | undefined> {
  const { build, cgo, signal } = request;
  const probe = await prepareProbe({ folder, env: request.env, signal });
  if ("reason" in probe) return probe.reason;
  const env = safeGoEnvironment(request.env, { goos: build.goos, goarch: build.goarch, cgo });
  const tags = build.tags.length === 0 ? [] : [`-tags=${build.tags.join(",")}`];
  const argv = [probe.path, out, "--", "-buildvcs=false", ...tags, "./..."];
  try {
    const result = await runProcess({ argv, cwd: folder, env, deadlineMs: probeDeadlineMs, signal });
    if (result.exitCode === 0) return undefined;
    return result.stderr.trim().split("\n")[0] || "the type checker did not finish";
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function* packagesOf({ root, tree }: TypedRequest, records: readonly string[]): Generator<GoPackage> {
  const index = new ProgramIndex(makeStandardLibrary());
  for (const path of records) {
    for (const record of readRecords(path)) {
      index.packagePaths.add(record.header.path);
      const { pkg, release } = makeTypedPackage(record, index, { root, tree });
      yield pkg;
      release();
    }
  }
}
