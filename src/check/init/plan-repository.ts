/** From a folder to a plan: finds the repository, reads it, and decides for which platform a pipeline is written. */

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { findScope } from "../engine/checked-scope.ts";
import { discover } from "../engine/discovery.ts";
import { readTextFile } from "../engine/snapshot.ts";
import type { SourceTree } from "../source-tree.ts";
import { initErrors } from "./errors.ts";
import { planChanges } from "./plan.ts";
import type { InitPlan } from "./plan.ts";
import { viewRepository } from "./repository-view.ts";
import type { CiPlatform, RepositoryView } from "./repository-view.ts";

export interface InitRequest {
  readonly cwd: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** `none` writes no pipeline; absent: told from the remote. */
  readonly ci: string | undefined;
}

const configLimitBytes = 1 << 20;

export interface OpenedRepository {
  readonly root: string;
  readonly tree: SourceTree;
  readonly view: RepositoryView;
}

/** Reads what the plans are made from. Throws `check/init-no-module`, and `check/path-missing`. */
export async function openRepository(request: Omit<InitRequest, "ci">): Promise<OpenedRepository> {
  const { cwd, folder, env, signal } = request;
  const { base } = findScope(cwd, [folder]);
  const scope = { root: base, base, parts: [{ path: "", isFile: false }] };
  const discovery = await discover({ scope, exclude: [], env, signal });
  const checked = new Set(discovery.files.map(({ path }) => path));
  const listed = new Set(discovery.paths);
  const texts = new Map<string, string | undefined>();
  const read = (path: string): string | undefined => {
    if (!listed.has(path)) return undefined;
    if (!texts.has(path)) texts.set(path, readTextFile(base, path));
    return texts.get(path);
  };
  const view = viewRepository({ paths: discovery.paths.filter((path) => checked.has(path)), read });
  if (view.modules.length === 0) throw initErrors.error("check/init-no-module", base);
  return { root: base, tree: { paths: discovery.paths, read }, view };
}

/** Looks at the repository and plans. Throws what `openRepository` throws. */
export async function planRepository(request: InitRequest): Promise<{ root: string; plan: InitPlan }> {
  const { env, signal } = request;
  const { root, tree, view } = await openRepository(request);
  const platform = choosePlatform(root, request.ci, tree.paths);
  return { root, plan: await planChanges({ tree, view, platform, root, env, signal }) };
}

function choosePlatform(root: string, word: string | undefined, paths: readonly string[]): CiPlatform | undefined {
  if (word === "github" || word === "gitlab") return word;
  if (word === "none") return undefined;
  if (paths.some((path) => path.startsWith(".github/"))) return "github";
  return /^\s*url\s*=.*gitlab/m.test(gitConfig(root)) ? "gitlab" : "github";
}

/** The text of .git/config; Git itself is not asked, since its configuration may name programs. */
function gitConfig(root: string): string {
  const path = join(root, ".git", "config");
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size <= configLimitBytes ? readFileSync(path, "utf8") : "";
}
