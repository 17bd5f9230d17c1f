import type { LocalItem } from "./local-listing.ts";
import { matchesPackage } from "./package-pattern.ts";

/** Which entries are meant. What is empty or absent does not restrict; the rest must hold together. */
export interface LocalFilter {
  readonly kinds: readonly string[];
  /** Patterns as of `matchesPackage`, against the package or the folder that a body is about. */
  readonly packages: readonly string[];
  readonly origins: readonly string[];
  /** Used at this time or later, milliseconds since 1970. */
  readonly usedFromMs?: number | undefined;
}

export function isEmptyFilter(filter: LocalFilter): boolean {
  const lists = [filter.kinds, filter.packages, filter.origins];
  return lists.every((list) => list.length === 0) && filter.usedFromMs === undefined;
}

export function matchesFilter(filter: LocalFilter, item: LocalItem): boolean {
  const { kinds, origins, packages, usedFromMs } = filter;
  if (kinds.length > 0 && !kinds.includes(item.kind)) return false;
  if (origins.length > 0 && !origins.includes(item.origin)) return false;
  if (usedFromMs !== undefined && item.usedMs < usedFromMs) return false;
  return packages.length === 0 || packages.some((pattern) => isAbout(item, pattern));
}

/** A command has `main` for its package, so its folder counts too. */
export function isAbout({ subject }: Pick<LocalItem, "subject">, pattern: string): boolean {
  const names = [subject.package, subject.folder].filter((name) => name !== undefined);
  return names.some((name) => matchesPackage(pattern, name));
}
