/** From a path to its handler. Paths are cut by hand: parsing a URL costs more than answering from memory. */

import { serverErrors } from "./errors.ts";
import { getAction, putAction } from "./handlers/actions.ts";
import { digest, gc, listEntries, listPurges, purge, stats, verify } from "./handlers/admin.ts";
import { backup } from "./handlers/backup.ts";
import { getBlob, getResult, putBlob, putResult } from "./handlers/bazel-cache.ts";
import { putEntries } from "./handlers/entries.ts";
import type { Handler } from "./handlers/handler.ts";
import { absence, hello, metrics } from "./handlers/hello.ts";
import { lookup } from "./handlers/lookup.ts";
import { getModule } from "./handlers/modules.ts";
import { getOutput } from "./handlers/outputs.ts";
import { removals } from "./handlers/removals.ts";
import { keepRun, openRun } from "./handlers/runs.ts";
import { openSession } from "./handlers/session.ts";
import { survey, uses } from "./handlers/trust.ts";
import { exportEntries, importEntries } from "./handlers/transfer.ts";
import { status } from "./handlers/status.ts";

/** A path of the protocol and what it does for each method. */
export interface Route {
  /** As metrics name it. */
  readonly name: string;
  readonly methods: Readonly<Record<string, Handler>>;
  /**
   * Under an access policy: the methods for everybody whom it grants something, because they keep to the caller's scopes
   * (`viewOf`). All others are for operators.
   */
  readonly open?: readonly string[];
}

const statusRoute: Route = { name: "status", methods: { GET: status } };

const routes: Readonly<Record<string, Route>> = {
  "/": statusRoute,
  "/status": statusRoute,
  "/v1/hello": { name: "hello", methods: { GET: hello }, open: ["GET"] },
  "/v1/absence": { name: "absence", methods: { GET: absence }, open: ["GET"] },
  "/v1/lookup": { name: "lookup", methods: { POST: lookup }, open: ["POST"] },
  "/v1/runs": { name: "runs", methods: { POST: openRun, PUT: keepRun }, open: ["POST", "PUT"] },
  "/v1/entries": { name: "entries", methods: { GET: listEntries, POST: putEntries }, open: ["POST"] },
  "/v1/session": { name: "session", methods: { POST: openSession }, open: ["POST"] },
  "/v1/survey": { name: "survey", methods: { GET: survey } },
  "/v1/uses": { name: "uses", methods: { GET: uses } },
  "/v1/stats": { name: "stats", methods: { GET: stats } },
  "/v1/removals": { name: "removals", methods: { GET: removals }, open: ["GET"] },
  "/v1/digest": { name: "digest", methods: { GET: digest } },
  "/v1/purge": { name: "purge", methods: { GET: listPurges, POST: purge } },
  "/v1/gc": { name: "gc", methods: { POST: gc } },
  "/v1/export": { name: "export", methods: { GET: exportEntries } },
  "/v1/import": { name: "import", methods: { POST: importEntries } },
  "/v1/backup": { name: "backup", methods: { GET: backup } },
  "/v1/verify": { name: "verify", methods: { POST: verify } },
  "/metrics": { name: "metrics", methods: { GET: metrics } },
};

const reading = ["GET", "HEAD"];
const storing = [...reading, "PUT"];
const actions: Route = { name: "actions", methods: { GET: getAction, HEAD: getAction, PUT: putAction }, open: storing };
const outputs: Route = { name: "outputs", methods: { GET: getOutput, HEAD: getOutput }, open: reading };

const bazelBlobs: Route = { name: "bazel-cas", methods: { GET: getBlob, HEAD: getBlob, PUT: putBlob }, open: storing };
const bazelResults: Route = {
  name: "bazel-ac",
  methods: { GET: getResult, HEAD: getResult, PUT: putResult },
  open: storing,
};

const modules: Route = { name: "modules", methods: { GET: getModule, HEAD: getModule }, open: reading };

const modulesPrefix = "/mod/";
const actionsPrefix = "/v1/actions/";
const outputsPrefix = "/v1/outputs/";

export interface Match {
  readonly route: Route;
  readonly id: string;
}

/** The path of an absolute URL, with its query. */
export function pathOf(url: string): string {
  return url.slice(url.indexOf("/", 8));
}

/** Throws `server/path-unknown`. */
export function matchRoute(path: string): Match {
  if (path.startsWith(actionsPrefix)) return { route: actions, id: path.slice(actionsPrefix.length) };
  if (path.startsWith(outputsPrefix)) return { route: outputs, id: path.slice(outputsPrefix.length) };
  if (path.startsWith(modulesPrefix)) return { route: modules, id: path.slice(modulesPrefix.length) };
  const query = path.indexOf("?");
  const route = routes[query === -1 ? path : path.slice(0, query)];
  if (route !== undefined) return { route, id: "" };
  const bazel = matchBazel(path);
  if (bazel === undefined) throw serverErrors.error("server/path-unknown", "no such path");
  return bazel;
}

const instanceLengthMax = 200;

/** `/ac/HASH` and `/cas/HASH`, perhaps behind an instance. The id is `INSTANCE HASH`. */
function matchBazel(path: string): Match | undefined {
  const match = /^\/((?:[\w.~%-]+\/)*)(ac|cas)\/([0-9a-f]{64})$/.exec(path);
  if (match === null) return undefined;
  const [, instance = "", kind, hash = ""] = match;
  if (instance.length > instanceLengthMax || instance.startsWith("v1/")) return undefined;
  return { route: kind === "ac" ? bazelResults : bazelBlobs, id: `${instance} ${hash}` };
}
