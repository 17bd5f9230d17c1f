import type { Store } from "../cache/node/store.ts";
import { limits } from "../cache/protocol/limits.ts";
import { BallastError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Clock } from "../core/clock.ts";
import type { Audit } from "./access/audit.ts";
import type { Entrants } from "./access/entrants.ts";
import { createGuard } from "./access/guard-requests.ts";
import type { AccessLog } from "./access-log.ts";
import { errorAnswer, jsonAnswer } from "./answers.ts";
import { serverErrors } from "./errors.ts";
import type { Handler, Service } from "./handlers/handler.ts";
import { createIdleCollection } from "./idle-collection.ts";
import { isLoopback, type ListenAddress, urlOf } from "./listen-address.ts";
import { createServerMetrics } from "./metrics.ts";
import type { BodySupply } from "./remote-bodies.ts";
import { type Match, matchRoute, pathOf } from "./router.ts";
import type { Access, Tokens } from "./tokens.ts";
import { createViews } from "./views.ts";

export interface ServerOptions {
  readonly listen: ListenAddress;
  /** Without tokens only a loopback address is listened on. */
  readonly tokens: Tokens | undefined;
  /** Callers by the access policy; absent without one. */
  readonly entrants: Entrants | undefined;
  /** The policy only says what it would refuse. */
  readonly isDryRun: boolean;
  readonly audit: Audit | undefined;
  /** The node's name, for provenance. */
  readonly node: string | undefined;
  readonly clock: Clock;
  /** Certificate and key, PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly openRequestsMax: number;
  /** Connections on which nothing moves for so long are closed. */
  readonly idleTimeoutSeconds: number;
  readonly store: Store;
  /** Absent where the node is alone. */
  readonly fleet?: { readonly bodies: BodySupply; renderMetrics(): string } | undefined;
  readonly log: Logger;
  /** Told of each answer; absent where the operator does not ask for it. */
  readonly accessLog: AccessLog | undefined;
  /** Absent where the node serves no Go modules. */
  readonly modules: Service["modules"];
  readonly version: string;
}

export interface RunningServer {
  /** The address under which it can be reached, with the port that was taken. */
  readonly url: string;
  /** Takes no more requests, and waits for those under way, at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Throws `server/token-needed`, `server/address-unusable`, `server/tls-invalid`. */
export function startServer(options: ServerOptions): RunningServer {
  const { listen, tokens, entrants, isDryRun, tls } = options;
  const isOpen = tokens === undefined && (entrants === undefined || isDryRun);
  if (isOpen && !isLoopback(listen.host)) {
    throw serverErrors.error("server/token-needed", `asked to listen on ${listen.host}`);
  }
  const fetch = createFetch(options);
  const server = serve(options, options.accessLog === undefined ? fetch : logged(fetch, options.accessLog));
  return {
    url: urlOf(tls === undefined ? "http" : "https", { host: listen.host, port: server.port ?? listen.port }),
    async stop(graceMs) {
      const timer = setTimeout(() => void server.stop(true), graceMs);
      await server.stop(false);
      clearTimeout(timer);
    },
  };
}

/** Room for the largest frame after a piece that is nearly full. */
const scratchBytes = limits.framePayloadBytes + 1024 * 1024;

type Fetch = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

function serve(options: ServerOptions, fetch: Fetch): Bun.Server<undefined> {
  const { listen, tls, idleTimeoutSeconds, log } = options;
  try {
    return Bun.serve({
      hostname: listen.host,
      port: listen.port,
      development: false,
      // Off by itself only in development (seen in Bun 1.4.5): two servers would share the port unnoticed.
      reusePort: false,
      idleTimeout: idleTimeoutSeconds,
      maxRequestBodySize: limits.bodySizeBytes + 2 * 1024 * 1024,
      fetch,
      error(cause) {
        log.error("a request failed", { cause });
        return errorAnswer(cause);
      },
      ...(tls === undefined ? {} : { tls }),
    });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const isAddress = ["EADDRINUSE", "EACCES", "EADDRNOTAVAIL", "ENOTFOUND"].includes(code);
    const detail = `${listen.host}:${listen.port}: ${(cause as Error).message}`;
    throw serverErrors.error(
      isAddress || tls === undefined ? "server/address-unusable" : "server/tls-invalid",
      detail,
      {
        cause,
      },
    );
  }
}

function createFetch(options: ServerOptions): Fetch {
  const { fleet } = options;
  const metrics = createServerMetrics(options.store, () => fleet?.renderMetrics() ?? "");
  const guard = createGuard({ ...options, countRefusal: (code, isDryRun) => metrics.refused(code, isDryRun) });
  const { control } = guard;
  const store = control?.guard(options.store) ?? options.store;
  const service: Service = {
    ...options,
    store,
    control,
    bodies: fleet?.bodies,
    metrics,
    viewOf: createViews({ store, control, node: options.node }),
    scratch: Buffer.alloc(scratchBytes),
    collection: createIdleCollection(),
  };

  function fail(cause: unknown, request: Request): Response {
    guard.note(cause, request);
    if (!(cause instanceof BallastError)) options.log.error("a request failed", { cause });
    return errorAnswer(cause);
  }

  async function finish(
    answer: Promise<Response>,
    request: Request,
    name: string,
    startedMs: number,
  ): Promise<Response> {
    metrics.opened(1);
    const response = await answer.catch((cause: unknown) => fail(cause, request));
    metrics.opened(-1);
    metrics.answered(name, response.status, performance.now() - startedMs);
    return response;
  }

  return (request) => {
    const startedMs = performance.now();
    let name = "other";
    try {
      const path = pathOf(request.url);
      if (path === "/healthz") return jsonAnswer({ status: "ok" });
      if (path === "/readyz") return readiness(service.store);
      if (metrics.openRequests >= options.openRequestsMax) throw serverErrors.error("server/busy", "too many at once");
      const match = matchRoute(path);
      const access = guard.admit(request, match.route);
      name = match.route.name;
      const handle = (admitted: Access): Response | Promise<Response> =>
        handlerOf(match, request)(service, request, match.id, admitted);
      const answer = access instanceof Promise ? access.then(handle) : handle(access);
      if (answer instanceof Promise) return finish(answer, request, name, startedMs);
      metrics.answered(name, answer.status, performance.now() - startedMs);
      return answer;
    } catch (cause) {
      const answer = fail(cause, request);
      metrics.answered(name, answer.status, performance.now() - startedMs);
      return answer;
    }
  };
}

function logged(fetch: Fetch, accessLog: AccessLog): Fetch {
  return async (request, server) => {
    const startedMs = performance.now();
    const remote = server.requestIP(request)?.address;
    const response = await fetch(request, server);
    accessLog({ request, path: pathOf(request.url), remote, response, durationMs: performance.now() - startedMs });
    return response;
  };
}

function handlerOf({ route }: Match, request: Request): Handler {
  const handler = route.methods[request.method];
  if (handler === undefined) throw serverErrors.error("server/method-unknown", `${request.method} on ${route.name}`);
  return handler;
}

function readiness(store: Store): Response {
  const isReady = store.isReady();
  return jsonAnswer({ status: isReady ? "ready" : "not ready" }, isReady ? 200 : 503);
}
