/** `ballast ci caches`: the model of which job restores and saves what, as it is and with the fixes applied. */

import { type CacheVerdict, cacheVerdicts } from "../ci/cache-verdicts.ts";
import { runCiRules } from "../ci/area.ts";
import { loadPipelines } from "../ci/load.ts";
import type { Partial } from "../finding.ts";
import { loadRules } from "../generated/rules.ts";
import type { SourceTree } from "../source-tree.ts";
import { findScope } from "./checked-scope.ts";
import { discover } from "./discovery.ts";
import { type FixChoice, applyEdits, chooseFixes } from "./fixes.ts";
import { readTextFile } from "./snapshot.ts";

export interface CacheTable {
  readonly rows: readonly CacheVerdict[];
  readonly partial: readonly Partial[];
}

export interface FixedTable extends CacheTable {
  /** What was done to the pipelines, in the order in which it was done. */
  readonly fixes: readonly string[];
}

/** The tree of the repository around a folder. */
export async function pipelineTree(
  cwd: string,
  paths: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<SourceTree> {
  const scope = findScope(cwd, paths);
  const { paths: found, files } = await discover({ scope, exclude: [], env, signal });
  const readable = new Set(files.map(({ path }) => path));
  return { paths: found, read: (path) => (readable.has(path) ? readTextFile(scope.root, path) : undefined) };
}

export async function cacheTable(tree: SourceTree): Promise<CacheTable> {
  const model = await loadPipelines(tree);
  return { rows: cacheVerdicts(model), partial: model.partial };
}

const roundLimit = 8;

/** The same after all fixes of pipeline rules; the files stay as they are. */
export async function fixedCacheTable(tree: SourceTree, choice: FixChoice): Promise<FixedTable> {
  const rules = await loadRules.ci();
  const changed = new Map<string, string>();
  const now: SourceTree = { paths: tree.paths, read: (path) => changed.get(path) ?? tree.read(path) };
  const fixes: string[] = [];
  for (let round = 0; round < roundLimit; round++) {
    const model = await loadPipelines(now);
    const chosen = chooseFixes(runCiRules(model, rules), choice);
    if (chosen.length === 0) break;
    const edits = chosen.flatMap((fix) => fix.edits);
    for (const path of new Set(edits.map((edit) => edit.path))) {
      changed.set(
        path,
        applyEdits(
          now.read(path) ?? "",
          edits.filter((edit) => edit.path === path),
        ),
      );
    }
    fixes.push(...chosen.map(({ title }) => title));
  }
  return { ...(await cacheTable(now)), fixes };
}
