/** What people ask of a server: what is in it, and to tidy it. */

import type { ListQuery } from "../../cache/node/listing.ts";
import type { EntryFilter } from "../../cache/protocol/entry-filter.ts";
import type { PurgeRequest } from "../../cache/node/purges.ts";
import type { Store } from "../../cache/node/store.ts";
import { bodyKind, bodyKindName } from "../../go/body-kind.ts";
import { callerName } from "../../cache/trust/caller.ts";
import { jsonAnswer } from "../answers.ts";
import { serverErrors } from "../errors.ts";
import { readWhole } from "../request-body.ts";
import type { Handler } from "./handler.ts";

const linesHeaders = { "content-type": "application/x-ndjson", "cache-control": "no-store" };
const listLimit = 1000;
const predicateBytesMax = 16 * 1024;
const standsMsMax = 366 * 24 * 3_600_000;

/** `GET /v1/stats`. */
export const stats: Handler = ({ store }) => {
  const { kinds, ...rest } = store.stats();
  return jsonAnswer({ ...rest, kinds: kinds.map((kind) => ({ ...kind, kind: bodyKindName(kind.kind) })) });
};

/** `GET /v1/entries?kind=&scope=&action=&output=&limit=&after=`: one entry a line; `cursor` of the last is the next `after`. */
export const listEntries: Handler = async ({ store }, request) => {
  const query = new URL(request.url).searchParams;
  const limit = Math.min(listLimit, Number(query.get("limit") ?? 100));
  if (!Number.isSafeInteger(limit) || limit < 1) throw malformed("the limit is not a number from 1 to 1000");
  const after = query.get("after");
  const list: ListQuery = {
    ...readFilter(Object.fromEntries([...query].filter(([name]) => name !== "limit" && name !== "after"))),
    limit,
    ...(after === null ? {} : { after }),
  };
  const entries = await store.list(list);
  const lines = entries.map((entry) => `${JSON.stringify({ ...entry, kind: bodyKindName(entry.kind) })}\n`);
  return new Response(lines.join(""), { headers: linesHeaders });
};

/** `POST /v1/purge` with a filter as JSON: removes the entries that it names, and bodies that nothing else names. */
export const purge: Handler = async ({ store, log, audit, control }, request, _id, access) => {
  requireWrite(access);
  const filter = parseObject(await readWhole(request, predicateBytesMax));
  const { all, ...rest } = filter;
  if (Object.keys(rest).length === 0 && all !== true) {
    throw malformed('an empty filter names everything; say {"all": true} for that');
  }
  const report = await store.purge(readPurge(rest));
  log.warn("entries were purged by a client", { filter, ...report });
  audit?.record("ballast.cache.purge", {
    "ballast.cache.filter": JSON.stringify(filter),
    "ballast.cache.entries": report.entries,
    "ballast.cache.outputs": report.outputs,
    "ballast.cache.by": control === undefined ? "" : callerName(control.entrants.known(request.headers).caller),
  });
  return jsonAnswer(report);
};

/** `GET /v1/purge`: the purges that stand. */
export const listPurges: Handler = ({ store }) =>
  jsonAnswer({
    purges: store.purges().map(({ match, by, ...rest }) => ({
      ...rest,
      by: JSON.parse(by) as unknown,
      match: match.kind === undefined ? match : { ...match, kind: bodyKindName(match.kind) },
    })),
  });

/** `GET /v1/digest`: what tells whether two nodes hold the same entries, for each of 256 shards. */
export const digest: Handler = async ({ store }) => {
  const shards = await store.digest();
  return jsonAnswer({
    source: store.replica.source,
    version: store.replica.version,
    pending: store.replica.pendingCount(),
    purges: store.purges().length,
    entries: shards.reduce((sum, { entries }) => sum + entries, 0),
    shards,
  });
};

/** `POST /v1/gc`. */
export const gc: Handler = async ({ store }, _request, _id, access) => {
  requireWrite(access);
  return jsonAnswer(await store.gc());
};

/** `POST /v1/verify`: checks every body; a line of progress now and then, the last one with `"done": true`. */
export const verify: Handler = ({ store }, _request, _id, access) => {
  requireWrite(access);
  return new Response(verifyLines(store), { headers: linesHeaders });
};

function verifyLines(store: Store): ReadableStream<Uint8Array> {
  const steps = store.verify();
  let lastMs = performance.now();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const step = await steps.next();
        if (step.done === true) return controller.close();
        const progress = step.value;
        const isDone = progress.outputs >= progress.outputsTotal;
        if (!isDone && performance.now() - lastMs < 200) continue;
        lastMs = performance.now();
        return controller.enqueue(Buffer.from(`${JSON.stringify({ ...progress, done: isDone })}\n`));
      }
    },
    async cancel() {
      await steps.return(undefined);
    },
  });
}

function requireWrite(access: string): void {
  if (access !== "read-write") throw serverErrors.error("server/read-only", "this changes what is stored");
}

function parseObject(bytes: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    // SyntaxError: the only failure that JSON.parse has.
    throw malformed("the filter is not JSON");
  }
  if (!isObject(value)) throw malformed("the filter is not an object");
  return value;
}

/** Strict: a filter with a misspelt field would remove more than was meant. */
function readFilter(fields: Record<string, unknown>): EntryFilter<number> {
  const filter: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const read = Object.hasOwn(readers, name) ? readers[name as keyof typeof readers](value) : undefined;
    if (read === undefined) throw malformed(`the filter has no field ${JSON.stringify(name)} with such a value`);
    filter[name] = read;
  }
  return filter;
}

/** A filter, and how long and for whom it stands. */
function readPurge({ keepOut, forMs, ...fields }: Record<string, unknown>): PurgeRequest {
  if (keepOut !== undefined && typeof keepOut !== "boolean") throw malformed("keepOut is true or false");
  const isTime = typeof forMs === "number" && Number.isSafeInteger(forMs) && forMs > 0 && forMs <= standsMsMax;
  if (forMs !== undefined && !isTime) throw malformed("forMs is a number of milliseconds, at most those of a year");
  return {
    ...readFilter(fields),
    ...(keepOut === undefined ? {} : { keepsOut: keepOut }),
    ...(isTime ? { standsMs: forMs } : {}),
  };
}

const readers = {
  kind: (value: unknown) => Object.values(bodyKind).find((code) => bodyKindName(code) === value),
  scope: (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined),
  action: readHex,
  output: readHex,
  sinceMs: (value: unknown) => (typeof value === "number" && value > 0 ? value : undefined),
  unusedSinceMs: (value: unknown) => (typeof value === "number" && value > 0 ? value : undefined),
  provenance: (value: unknown) => (isStrings(value) ? value : undefined),
};

function readHex(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((field) => typeof field === "string");
}

function malformed(found: string): Error {
  return serverErrors.error("server/request-malformed", found);
}
