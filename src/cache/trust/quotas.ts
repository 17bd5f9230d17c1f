/** Counting what callers write and ask, each in windows of its own. */

import type { Quota } from "./grant.ts";

export interface Charge {
  readonly bytes: number;
  readonly entries: number;
  readonly requests: number;
}

export interface Quotas {
  /** Counts a charge; or names the limit that it would break, and counts nothing. */
  charge(quota: Quota, charge: Charge, nowMs: number): "bytes" | "entries" | "requests" | undefined;
}

interface Window {
  startMs: number;
  bytes: number;
  entries: number;
  requests: number;
}

/** So many keys at most; keys are of verified callers. */
const keysMax = 100_000;

export function createQuotas(): Quotas {
  const windows = new Map<string, Window>();

  function windowOf({ key, windowMs }: Quota, nowMs: number): Window {
    const startMs = Math.floor(nowMs / windowMs) * windowMs;
    const known = windows.get(key);
    if (known?.startMs === startMs) return known;
    const fresh = { startMs, bytes: 0, entries: 0, requests: 0 };
    if (known === undefined && windows.size >= keysMax) windows.delete(windows.keys().next().value as string);
    windows.set(key, fresh);
    return fresh;
  }

  return {
    charge(quota, { bytes, entries, requests }, nowMs) {
      const used = windowOf(quota, nowMs);
      if (used.requests + requests > quota.requestsMax) return "requests";
      if (used.entries + entries > quota.entriesMax) return "entries";
      if (used.bytes + bytes > quota.bytesMax) return "bytes";
      used.bytes += bytes;
      used.entries += entries;
      used.requests += requests;
      return undefined;
    },
  };
}
