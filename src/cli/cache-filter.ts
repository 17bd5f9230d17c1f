/** The flags by which `ballast cache ls` and `purge` say which entries are meant. */

import { type LocalFilter } from "../cache/inspect/local-filter.ts";
import { inspectErrors } from "../cache/inspect/errors.ts";
import { executableKind, missingKind } from "../cache/inspect/local-listing.ts";
import type { ServerItemFilter } from "../cache/inspect/server-items.ts";
import { origin } from "../cache/local/record.ts";
import type { FlagSpec } from "../core/flags.ts";
import { kindNames } from "./cache-text.ts";
import { cliErrors } from "./errors.ts";

export const filterFlags = {
  kind: {
    type: "choice",
    choices: [...kindNames, executableKind, missingKind],
    multiple: true,
    valueName: "KIND",
    doc: "Only entries of this kind, as told from their bodies.",
  },
  package: {
    type: "string",
    multiple: true,
    valueName: "PATTERN",
    doc: "Only entries about such packages: an import path or a folder, `...` for anything. A server's bodies are read for it.",
  },
  origin: {
    type: "choice",
    choices: Object.keys(origin),
    multiple: true,
    doc: "Only entries that Go put itself, that Go put through Ballast, or that came from a server. For this runner's folder.",
  },
  by: {
    type: "string",
    multiple: true,
    valueName: "FIELD=VALUE",
    doc: "Only entries whose writer was this: repository, ref, commit, run, job, actor or goVersion. For a server.",
  },
} as const satisfies Record<string, FlagSpec>;

export interface FilterValues {
  readonly kind: readonly string[];
  readonly package: readonly string[];
  readonly origin: readonly string[];
  readonly by: readonly string[];
}

/** The filter for a folder. Throws `inspect/filter-not-served`. */
export function localFilter(values: FilterValues, usedFromMs?: number): LocalFilter {
  if (values.by.length > 0) throw inspectErrors.error("inspect/filter-not-served", "--by: a folder knows no writers");
  return { kinds: values.kind, packages: values.package, origins: values.origin, usedFromMs };
}

/** The filter for a server. Throws `inspect/filter-not-served`, `cli/argument-invalid`. */
export function serverFilter(values: FilterValues, scope: string | undefined, usedFromMs?: number): ServerItemFilter {
  if (values.origin.length > 0) {
    throw inspectErrors.error("inspect/filter-not-served", "--origin: to a server all entries came from outside");
  }
  const provenance = Object.fromEntries(values.by.map(readField));
  return { kinds: values.kind, packages: values.package, scope, provenance, usedFromMs };
}

function readField(text: string): [name: string, value: string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw cliErrors.error("cli/argument-invalid", `--by needs FIELD=VALUE, not ${JSON.stringify(text)}`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
