/** What operators ask about writers and readers: `GET /v1/survey`, `GET /v1/uses`. */

import type { SurveyQuery } from "../../cache/node/survey.ts";
import type { UseQuery } from "../../cache/node/run-uses.ts";
import { bodyKindName } from "../../go/body-kind.ts";
import { jsonAnswer } from "../answers.ts";
import { serverErrors } from "../errors.ts";
import type { Handler } from "./handler.ts";

const actionsMax = 500;
const surveys = ["conflicts", "unreproduced", "all"] as const;

/** `?what=conflicts|unreproduced|all&action=&limit=&after=`: a page of actions, and where to go on. */
export const survey: Handler = async ({ store }, request) => {
  const query = new URL(request.url).searchParams;
  const page = await store.survey(readSurvey(query));
  const actions = page.actions.map((one) => {
    return { ...one, writings: one.writings.map((writing) => ({ ...writing, kind: bodyKindName(writing.kind) })) };
  });
  return jsonAnswer({ actions, cursor: page.cursor });
};

function readSurvey(query: URLSearchParams): SurveyQuery {
  const what = surveys.find((name) => name === query.get("what"));
  if (what === undefined) throw malformed("`what` is not one of conflicts, unreproduced, all");
  const limit = Number(query.get("limit") ?? 100);
  if (!Number.isSafeInteger(limit) || limit < 1) throw malformed("the limit is not a number from 1 on");
  const action = query.get("action") ?? undefined;
  if (action !== undefined && !isHex(action, 64, 64)) throw malformed("the action is not 64 hex digits");
  return { what, action, after: query.get("after") ?? undefined, limit: Math.min(limit, actionsMax) };
}

/** `?run=`, `?action=` or `?output=` (at least 16 hex digits): the runs, and what each was given of it. */
export const uses: Handler = async ({ store }, request) => {
  return jsonAnswer({ runs: await store.uses(readUses(new URL(request.url).searchParams)) });
};

function readUses(query: URLSearchParams): UseQuery {
  const [given, ...more] = [...query];
  if (given === undefined || more.length > 0) throw malformed("exactly one of run, action and output is asked for");
  const [name, value] = given;
  if (name === "run" && value !== "" && value.length <= 300) return { run: value };
  if (name === "action" && isHex(value, 16, 64)) return { action: value };
  if (name === "output" && isHex(value, 16, 64)) return { output: value };
  throw malformed("exactly one of run, action and output is asked for, ids with 16 to 64 hex digits");
}

function isHex(text: string, min: number, max: number): boolean {
  return text.length >= min && text.length <= max && /^[0-9a-f]+$/.test(text);
}

function malformed(found: string): Error {
  return serverErrors.error("server/request-malformed", found);
}
