/** Finding entries by what a person types: the first digits of an action or an output, or a package. */

import type { BodySubject } from "../../go/package-path.ts";
import { isAbout } from "./local-filter.ts";
import { inspectErrors } from "./errors.ts";

/** What is searched in: entries of a folder or of a server. */
export interface Searchable {
  readonly action: string;
  readonly output: string;
  readonly subject: BodySubject;
}

/** So many candidates are named where a prefix is ambiguous. */
const namedMax = 6;

/**
 * The entries that `text` names. Digits are tried as an id first, then as a package. One action may have entries in
 * several scopes, and one output may belong to several actions: all are found. Throws `inspect/prefix-ambiguous`.
 */
export function searchEntries<Item extends Searchable>(items: readonly Item[], text: string): readonly Item[] {
  const byId = /^[0-9a-f]{1,64}$/.test(text) ? searchIds(items, text) : [];
  return byId.length > 0 ? byId : items.filter((item) => isAbout(item, text));
}

/** Throws `inspect/prefix-ambiguous` when the digits begin several ids. */
export function searchIds<Item extends Omit<Searchable, "subject">>(
  items: readonly Item[],
  prefix: string,
): readonly Item[] {
  const found = items.filter(({ action, output }) => action.startsWith(prefix) || output.startsWith(prefix));
  const ids = new Set(found.flatMap(({ action, output }) => [action, output]).filter((id) => id.startsWith(prefix)));
  if (ids.size <= 1) return found;
  const named = [...ids]
    .toSorted()
    .slice(0, namedMax)
    .map((id) => `\n  ${id}`);
  const more = ids.size > namedMax ? `\n  and ${ids.size - namedMax} more` : "";
  throw inspectErrors.error(
    "inspect/prefix-ambiguous",
    `${ids.size} ids begin with ${prefix}:${named.join("")}${more}`,
  );
}
