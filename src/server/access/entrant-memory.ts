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

/** @param isGone whether somebody who is remembered must be looked at again */
export function createEntrantMemory(clock: Clock, isGone: (entrant: Entrant) => boolean): EntrantMemory {
  const remembered = new Map<string, { readonly result: Entrant | BallastError; readonly untilMs: number }>();
  return {
    recall(authorization) {
      const one = remembered.get(authorization);
      if (one === undefined) return undefined;
      const { result, untilMs } = one;
      const isFailure = result instanceof BallastError;
      if (clock.nowMs() >= untilMs || (!isFailure && isGone(result))) {
        remembered.delete(authorization);
        return undefined;
      }
      if (isFailure) throw result;
      return result;
    },
    remember(authorization, result, untilMs) {
      if (remembered.size >= rememberedMax) remembered.delete(remembered.keys().next().value as string);
      remembered.set(authorization, { result, untilMs });
    },
    reconsider(again) {
      for (const [authorization, { result, untilMs }] of remembered) {
        const next = result instanceof BallastError ? undefined : again(result);
        if (next === undefined) remembered.delete(authorization);
        else remembered.set(authorization, { result: next, untilMs });
      }
    },
  };
}
