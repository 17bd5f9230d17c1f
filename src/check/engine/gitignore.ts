/** The .gitignore files of a tree as one list of rules, in git's order: outer files first, the last match decides. */

import type { Ignore, Options } from "ignore";

/**
 * git's own default on a case-sensitive file system; the package's is the opposite, and `Build/` would hide `build/`.
 * Source: `core.ignoreCase` in git-config(1).
 */
export const ignoreOptions: Options = { ignorecase: process.platform !== "linux" };

/**
 * The outer rules, and after them those of a folder's .gitignore, as if they stood in the root's.
 *
 * One list and not one for each folder: `ignore` asks every list about the parents of a path as well, and a list alone
 * cannot know that a parent which it ignores was taken back by an inner file.
 */
export function withGitignore(outer: Ignore, inner: Ignore, folder: string, text: string): Ignore {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return inner.add(outer).add(lines.flatMap((line) => rootPattern(line, folder) ?? []));
}

/** A folder's pattern as the root would say it; nothing for a line without one. Source: gitignore(5). */
function rootPattern(line: string, folder: string): string | undefined {
  if (line.startsWith("#")) return undefined;
  const sign = line.startsWith("!") ? "!" : "";
  const pattern = line.slice(sign.length);
  if (/^\/* *$/.test(pattern)) return undefined;
  const isAnchored = /\/(?! *$)/.test(pattern);
  const prefix = folder === "" ? "/" : `/${literal(folder)}/`;
  return `${sign}${prefix}${isAnchored ? pattern.replace(/^\//, "") : `**/${pattern}`}`;
}

function literal(folder: string): string {
  return folder.replace(/[\\*?[\]]/g, "\\$&");
}
