/** Between a request and its handler: tokens, or an access policy, or the policy beside the tokens for a trial. */

import type { Clock } from "../../core/clock.ts";
import { BallastError } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import { decodeContext } from "../../cache/protocol/context-headers.ts";
import { serverErrors } from "../errors.ts";
import { createGate } from "../gate.ts";
import type { Access, Tokens } from "../tokens.ts";
import { type AccessControl, createAccessControl, type Guarded } from "./access-control.ts";
import type { Entrant, Entrants } from "./entrants.ts";
import { createRefusals, isRefusal } from "./refusals.ts";

export interface Guard {
  /** What the request may do on the route. Throws, or rejects with, what keeps it out. */
  admit(request: Request, route: Guarded): Access | Promise<Access>;
  /** Counts and logs a failure that is a refusal. */
  note(cause: unknown, request: Request): void;
  /** The policy that is in force; absent in a trial, too. */
  readonly control: AccessControl | undefined;
}

export interface GuardOptions {
  readonly tokens: Tokens | undefined;
  readonly entrants: Entrants | undefined;
  readonly isDryRun: boolean;
  readonly log: Logger;
  readonly clock: Clock;
  readonly countRefusal: (code: string, isDryRun: boolean) => void;
}

export function createGuard(options: GuardOptions): Guard {
  const { entrants, isDryRun, log, clock, countRefusal } = options;
  const refusals = createRefusals(log, clock, countRefusal);
  const control = entrants === undefined ? undefined : createAccessControl(entrants, clock);
  const inForce = isDryRun ? undefined : control;

  function note(cause: unknown, request: Request): void {
    if (!(cause instanceof BallastError) || !isRefusal(cause)) return;
    refusals.note(cause, inForce === undefined ? undefined : entrantOf(inForce, request), request, false);
  }

  if (inForce !== undefined) {
    return {
      control: inForce,
      note,
      admit(request, route) {
        const entrant = inForce.entrants.find(request.headers);
        if (entrant instanceof Promise) return entrant.then((found) => inForce.permit(found, route, request));
        return inForce.permit(entrant, route, request);
      },
    };
  }
  const gate = createGate(options.tokens);
  return {
    control: undefined,
    note,
    admit(request, route) {
      const access = gate(request);
      if (control !== undefined) void tryOut(control, request, route);
      return access;
    },
  };

  /** What the policy would say. Its failures are what is wanted here. */
  async function tryOut(trial: AccessControl, request: Request, route: Guarded): Promise<void> {
    const { url, method, headers } = request;
    const asked = new Request(url, { method, headers });
    let entrant: Entrant | undefined;
    try {
      entrant = await trial.entrants.find(asked.headers);
      trial.permit(entrant, route, asked);
      judgeScopes(trial, entrant, route, asked);
    } catch (cause) {
      if (cause instanceof BallastError && isRefusal(cause)) refusals.note(cause, entrant, asked, true);
    }
  }
}

function judgeScopes(trial: AccessControl, entrant: Entrant, route: Guarded, { method, headers }: Request): void {
  if (route.open?.includes(method) !== true || !headers.has("ballast-scope")) return;
  const { mayWrite } = trial.claim(
    entrant,
    decodeContext((name) => headers.get(name)),
  );
  const isWrite = method === "PUT" || route.name === "entries";
  if (isWrite && !mayWrite) throw serverErrors.error("server/read-only", "writing its scope is not granted");
}

/** Whose request was refused, where that is known. */
function entrantOf(control: AccessControl, { headers }: Request): Entrant | undefined {
  try {
    return control.entrants.known(headers);
  } catch {
    return undefined; // refused because nobody knows who it is
  }
}
