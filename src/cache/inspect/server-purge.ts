/** Removing entries from a server. */

import type { EntryFilter } from "../protocol/entry-filter.ts";
import type { PurgeTerms, ServerApi } from "./server-api.ts";
import { listServer, type ServerItem, type ServerItemFilter } from "./server-items.ts";

export interface PurgeReport {
  readonly entries: number;
  /** Bodies that no entry names any more. In a dry run those that the entries name: others may name them too. */
  readonly outputs: number;
  readonly freedBytes: number;
}

type OnProgress = (state: { readonly seen: number; readonly bodies: number }) => void;

/** Removes what the filter names, everything when it is empty. A filter with packages reads the server's bodies. */
export async function purgeServer(
  api: ServerApi,
  filter: ServerItemFilter,
  onProgress: OnProgress,
  terms: PurgeTerms = {},
): Promise<PurgeReport> {
  const reports: PurgeReport[] = [];
  for (const one of await requestsFor(api, filter, onProgress)) {
    reports.push(await api.purge({ ...(Object.keys(one).length === 0 ? { all: true } : one), ...terms }));
  }
  const sum = (value: (report: PurgeReport) => number): number => reports.reduce((all, one) => all + value(one), 0);
  return {
    entries: sum((report) => report.entries),
    outputs: sum((report) => report.outputs),
    freedBytes: sum((report) => report.freedBytes),
  };
}

/** What a purge would remove. */
export async function foreseePurge(
  api: ServerApi,
  filter: ServerItemFilter,
  onProgress: OnProgress,
): Promise<PurgeReport> {
  const outputs = new Map<string, number>();
  let entries = 0;
  for await (const item of listServer(api, filter, { wantsPackages: false, onProgress })) {
    entries++;
    outputs.set(item.output, item.storedBytes);
  }
  return { entries, outputs: outputs.size, freedBytes: [...outputs.values()].reduce((sum, size) => sum + size, 0) };
}

/** A server takes one kind at a time and knows no packages: these are looked up first, and go one by one. */
async function requestsFor(
  api: ServerApi,
  filter: ServerItemFilter,
  onProgress: OnProgress,
): Promise<readonly EntryFilter[]> {
  const { kinds, packages, provenance } = filter;
  if (packages.length > 0) {
    const items: ServerItem[] = [];
    for await (const item of listServer(api, filter, { wantsPackages: true, onProgress })) items.push(item);
    return items.map(({ action, scope }) => ({ action, scope }));
  }
  const scope = filter.scope === undefined ? {} : { scope: filter.scope };
  const by = Object.keys(provenance).length === 0 ? {} : { provenance };
  const since = filter.sinceMs === undefined ? {} : { sinceMs: filter.sinceMs };
  const all = { ...scope, ...by, ...since };
  return kinds.length === 0 ? [all] : kinds.map((kind) => ({ ...all, kind }));
}
