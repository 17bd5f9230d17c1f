/** The order in which packages are checked: the same for the same packages, however Go came to speak of them. */

import type { RecordHead } from "./record.ts";

/** Depth first over imports, by path. Go allows no circle. */
export function inOrder<Head extends RecordHead>(heads: readonly Head[]): Head[] {
  const byPath = new Map(heads.map((head) => [head.path, head]));
  const ordered: Head[] = [];
  const seen = new Set<Head>();
  for (const first of heads.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const stack = [{ head: first, isLeaving: false }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (top.isLeaving) ordered.push(top.head);
      if (top.isLeaving || seen.has(top.head)) continue;
      seen.add(top.head);
      stack.push({ head: top.head, isLeaving: true });
      for (const path of importsOf(top.head)) {
        const imported = byPath.get(path);
        if (imported !== undefined) stack.push({ head: imported, isLeaving: false });
      }
    }
  }
  return ordered;
}

/** An external test package comes after its package in any case. */
function importsOf({ path, imports }: RecordHead): readonly string[] {
  return path.endsWith("_test") ? [...imports, path.slice(0, -"_test".length)] : imports;
}
