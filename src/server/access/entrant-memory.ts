/** Who came with which `Authorization` header, for as long as the token is good. */

import type { Clock } from "../../core/clock.ts";
import { BallastError } from "../../core/errors.ts";
import type { Entrant } from "./entrants.ts";

export interface EntrantMemory {
  /** Throws the failure that is remembered. */
  recall(authorization: string): Entrant | undefined;
  remember(authorization: string, result: Entrant | BallastError, untilMs: number): void;
  /** Looks at everybody again: who is remembered as somebody else, or, with `undefined`, no more. Failures are forgotten. */
  reconsider(again: (entrant: Entrant) => Entrant | undefined): void;
}

const rememberedMax = 20_000;
/** Anybody can make up tokens that are refused: they neither push out who is known, nor take much room. */
const refusedMax = 1000;
const refusedCharsMax = 4096;

/** @param isGone whether somebody who is remembered must be looked at again */
export function createEntrantMemory(clock: Clock, isGone: (entrant: Entrant) => boolean): EntrantMemory {
  const entered = createMemory<Entrant>(clock, rememberedMax);
  const refused = createMemory<BallastError>(clock, refusedMax);
  return {
    recall(authorization) {
      const entrant = entered.get(authorization);
      if (entrant !== undefined && !isGone(entrant)) return entrant;
      if (entrant !== undefined) entered.map.delete(authorization);
      const failure = refused.get(authorization);
      if (failure !== undefined) throw failure;
      return undefined;
    },
    remember(authorization, result, untilMs) {
      if (!(result instanceof BallastError)) entered.set(authorization, result, untilMs);
      else if (authorization.length <= refusedCharsMax) refused.set(authorization, result, untilMs);
    },
    reconsider(again) {
      refused.map.clear();
      for (const [authorization, { result, untilMs }] of entered.map) {
        const next = again(result);
        if (next === undefined) entered.map.delete(authorization);
        else entered.map.set(authorization, { result: next, untilMs });
      }
    },
  };
}

interface Memory<Result> {
  readonly map: Map<string, { readonly result: Result; readonly untilMs: number }>;
  get(key: string): Result | undefined;
  set(key: string, result: Result, untilMs: number): void;
}

/** Until their times are over; who came first goes first where there is no more room. */
function createMemory<Result>(clock: Clock, sizeMax: number): Memory<Result> {
  const map: Memory<Result>["map"] = new Map();
  return {
    map,
    get(key) {
      const one = map.get(key);
      if (one === undefined || clock.nowMs() < one.untilMs) return one?.result;
      map.delete(key);
      return undefined;
    },
    set(key, result, untilMs) {
      if (map.size >= sizeMax) map.delete(map.keys().next().value as string);
      map.set(key, { result, untilMs });
    },
  };
}
