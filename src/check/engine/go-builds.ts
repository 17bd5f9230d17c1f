/** `--tags` and `--matrix` as the builds whose Go files are chosen. */

import type { GoBuild } from "../area.ts";
import { checkErrors } from "./errors.ts";

const form = /^([a-z0-9]+)\/([a-z0-9]+)(?::([\w.]+(?:\+[\w.]+)*))?$/;

/** One build for each entry of the matrix, each with the tags besides; the machine's own without a matrix. */
export function readBuilds(tags: readonly string[], matrix: readonly string[]): readonly GoBuild[] {
  if (matrix.length === 0) return [{ tags }];
  return matrix.map((entry) => {
    const [, goos, goarch, own] = form.exec(entry) ?? [];
    if (goos === undefined || goarch === undefined) throw checkErrors.error("check/build-malformed", entry);
    return { goos, goarch, tags: [...new Set([...tags, ...(own?.split("+") ?? [])])] };
  });
}
