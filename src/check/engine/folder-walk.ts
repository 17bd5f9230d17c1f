/** The walk where git is not there to ask: by the rules of the .gitignore files on the way, and never through a symlink. */

import { type Dirent, lstatSync, readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import type { Ignore } from "ignore";

import type { Partial } from "../finding.ts";
import type { CheckedScope } from "./checked-scope.ts";
import { ignoreOptions, withGitignore } from "./gitignore.ts";
import { fileLimitCount } from "./limits.ts";

const depthLimit = 64;
const ignoreLimitBytes = 1_000_000;
/** Never ours, and often huge; git would leave them out by somebody's .gitignore. */
const neverEntered = new Set([".git", ".hg", ".svn", "node_modules"]);

interface Walk {
  readonly root: string;
  readonly createIgnore: () => Ignore;
  readonly paths: string[];
  readonly partial: Partial[];
}

/** Everything below the named folders, and what lies beside the named files. */
export async function listFolder({ root, parts }: CheckedScope): Promise<{
  readonly paths: readonly string[];
  readonly partial: readonly Partial[];
  readonly usedGit: false;
}> {
  const { default: createIgnore } = await import("ignore");
  const walk: Walk = { root, createIgnore: () => createIgnore(ignoreOptions), paths: [], partial: [] };
  for (const { path, isFile } of parts) {
    const folder = isFile ? posix.dirname(path) : path;
    walkFolder(walk, folder === "." ? "" : folder, rulesAbove(walk, folder), isFile ? 0 : depthLimit);
  }
  return { paths: [...new Set(walk.paths)], partial: walk.partial, usedGit: false };
}

function walkFolder(walk: Walk, folder: string, outer: Ignore, depthLeft: number): void {
  const rules = rulesOf(walk, outer, folder);
  for (const entry of entriesOf(walk, folder)) {
    if (walk.paths.length > fileLimitCount) return;
    const path = posix.join(folder, entry.name);
    if (entry.isFile() && !rules.ignores(path)) walk.paths.push(path);
    if (!entry.isDirectory() || neverEntered.has(entry.name) || rules.ignores(`${path}/`)) continue;
    if (depthLeft > 1) walkFolder(walk, path, rules, depthLeft - 1);
    else if (depthLeft === 1) {
      walk.partial.push({ path, line: 1, reason: `not entered: more than ${depthLimit} folders deep` });
    }
  }
}

function entriesOf({ root, partial }: Walk, folder: string): Dirent[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    partial.push({ path: folder === "" ? "." : folder, line: 1, reason: `not entered: ${reason}` });
    return [];
  }
}

/** What the .gitignore files above a folder say, from the root's down. */
function rulesAbove(walk: Walk, folder: string): Ignore {
  const parts = folder === "." || folder === "" ? [] : folder.split("/");
  const above = parts.map((_, index) => parts.slice(0, index).join("/"));
  return above.reduce((rules, one) => rulesOf(walk, rules, one), walk.createIgnore());
}

function rulesOf({ root, createIgnore, partial }: Walk, outer: Ignore, folder: string): Ignore {
  const path = posix.join(folder, ".gitignore");
  const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return outer;
  if (stat.size > ignoreLimitBytes) {
    partial.push({ path, line: 1, reason: `not obeyed: ${stat.size} bytes are more than ${ignoreLimitBytes}` });
    return outer;
  }
  return withGitignore(outer, createIgnore(), folder, readFileSync(join(root, path), "utf8"));
}
