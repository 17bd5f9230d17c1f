/**
 * A purge is a predicate that stands until it expires: what it names is removed on every node, and what it names and
 * arrives later, from a node that was cut off or from the purged run itself, is refused.
 */

import type { Candidate, SlotKey } from "./slot-state.ts";
import type { Stamp } from "./stamp.ts";

export interface Purge extends Stamp {
  /** 32 hex digits, random. */
  readonly id: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** Who asked, for the audit trail: a JSON object of strings. */
  readonly by: string;
  /** Also what is written after the purge is refused. Without it only what was written before, whenever it arrives. */
  readonly keepsOut: boolean;
  readonly match: PurgeMatch;
}

/** All that is given must hold. What is not given does not restrict; nothing given is everything. */
export interface PurgeMatch {
  readonly scope?: string;
  readonly kind?: number;
  /** 64 hex digits. */
  readonly output?: string;
  /** Fields of the provenance that must be equal: `run`, `actor`, `ref`, `commit`, `repository`… */
  readonly provenance?: Readonly<Record<string, string>>;
  /** Taken by a node at this time or later. */
  readonly sinceMs?: number;
}

/** What a node keeps and applies to each put. */
export const purgesMax = 1000;

export function isPurged(
  purge: Purge,
  { scope }: Pick<SlotKey, "scope">,
  candidate: Candidate,
  nowMs: number,
): boolean {
  const { match } = purge;
  if (purge.expiresMs <= nowMs) return false;
  if (!purge.keepsOut && candidate.version > purge.version) return false;
  return (
    (match.scope === undefined || match.scope === scope) &&
    (match.kind === undefined || match.kind === candidate.kind) &&
    (match.output === undefined || match.output === candidate.output) &&
    (match.sinceMs === undefined || candidate.putMs >= match.sinceMs) &&
    (match.provenance === undefined || hasFields(candidate.provenance, match.provenance))
  );
}

function hasFields(json: string, fields: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(fields);
  if (wanted.length === 0) return true;
  const provenance = JSON.parse(json === "" ? "{}" : json) as Record<string, string>;
  return wanted.every(([name, value]) => provenance[name] === value);
}
