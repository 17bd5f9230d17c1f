/** Refusals are counted each and logged once a minute for each kind: whoever is refused must not fill the log. */

import type { BallastError } from "../../core/errors.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import { callerName } from "../../cache/trust/caller.ts";
import type { Entrant } from "./entrants.ts";
import { accessErrors } from "./errors.ts";

export interface Refusals {
  /** `entrant` is absent where nobody was proved to be there. */
  note(error: BallastError, entrant: Entrant | undefined, request: Request, isDryRun: boolean): void;
}

/** Failures that are refusals of a caller, and not of a request that is malformed. */
export function isRefusal({ code }: BallastError): boolean {
  return Object.hasOwn(accessErrors.table, code) || code === "server/unauthorized" || code === "server/read-only";
}

const everyMs = 60_000;
const kindsMax = 1000;
const textCharsMax = 200;

export function createRefusals(log: Logger, clock: Clock, count: (code: string, isDryRun: boolean) => void): Refusals {
  const told = new Map<string, { atMs: number; since: number }>();
  return {
    note(error, entrant, request, isDryRun) {
      count(error.code, isDryRun);
      const caller = entrant === undefined ? "unknown" : callerName(entrant.caller);
      const key = `${error.code} ${caller}`;
      const nowMs = clock.monotonicMs();
      const last = told.get(key);
      if (last !== undefined && nowMs - last.atMs < everyMs) {
        last.since += 1;
        return;
      }
      if (told.size >= kindsMax) told.delete(told.keys().next().value as string);
      told.set(key, { atMs: nowMs, since: 0 });
      log.warn(isDryRun ? "access would be refused" : "access was refused", {
        code: error.code,
        detail: error.message,
        caller,
        rule: entrant?.decision.rule,
        method: request.method,
        path: new URL(request.url).pathname.slice(0, textCharsMax),
        scope: request.headers.get("ballast-scope")?.slice(0, textCharsMax),
        refusedSince: last?.since ?? 0,
      });
    },
  };
}
