/** `POST /v1/session`: a CI platform's token for one that lives as long as a job; and what the policy grants with it. */

import { callerName } from "../../cache/trust/caller.ts";
import { jsonAnswer } from "../answers.ts";
import { serverErrors } from "../errors.ts";
import type { Handler } from "./handler.ts";

export const openSession: Handler = async ({ control }, request) => {
  if (control === undefined) throw serverErrors.error("server/path-unknown", "this server has no access policy");
  const { token, entrant } = await control.entrants.exchange(request.headers);
  const { rule = "", grant } = entrant.decision;
  const { writes = [], reads = [], trust, namespace } = grant ?? {};
  const caller = callerName(entrant.caller);
  return jsonAnswer({ token, expiresMs: entrant.expiresMs, caller, rule, trust, namespace, writes, reads });
};
