/** The connection to NATS: addresses, credentials, TLS; made when it is first needed and again after it was closed. */

import { readFileSync } from "node:fs";
import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { BallastError } from "../../../core/errors.ts";
import { fleetErrors } from "../errors.ts";

export interface NatsAccess {
  /** `nats://[USER:PASSWORD@|TOKEN@]HOST[:PORT]`, several with commas; `tls://` for TLS from the first byte on. */
  readonly url: string;
  /** A `.creds` file, read again for each connection. */
  readonly credsFile: string | undefined;
  /** Certificates to trust, and this node's own for mutual TLS. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** What the servers list this connection as. */
  readonly name: string;
}

export interface NatsLink {
  /** Throws `fleet/bus-unreachable` and `fleet/bus-refused`. */
  connection(deadlineMs: number): Promise<NatsConnection>;
  close(): Promise<void>;
}

const pingMs = 5000;
const reconnectMs = 250;

export function createNatsLink(access: NatsAccess): NatsLink {
  let open: Promise<NatsConnection> | undefined;
  let isClosed = false;

  async function connect(deadlineMs: number): Promise<NatsConnection> {
    const { connect: connectTo } = await import("@nats-io/transport-node");
    const connection = await connectTo(await optionsOf(access, deadlineMs));
    // A connection ends by itself only when the servers refuse its credentials: the next one reads them again.
    void connection.closed().then(() => {
      open = undefined;
    });
    return connection;
  }

  return {
    async connection(deadlineMs) {
      if (isClosed) throw fleetErrors.error("fleet/bus-unreachable", "this node is about to end");
      open ??= connect(deadlineMs);
      try {
        return await within(open, deadlineMs);
      } catch (cause) {
        open = undefined;
        throw natsFailure(cause);
      }
    },
    async close() {
      isClosed = true;
      const connection = await open?.catch(() => undefined);
      await connection?.close();
    },
  };
}

async function optionsOf(access: NatsAccess, deadlineMs: number): Promise<NodeConnectionOptions> {
  const { credsAuthenticator } = await import("@nats-io/transport-node");
  const urls = access.url.split(",").map((text) => parseAddress(text.trim()));
  const [{ username, password } = { username: "", password: "" }] = urls;
  const isToken = username !== "" && password === "";
  const isTls = urls.some(({ protocol }) => protocol === "tls:") || access.caFile !== undefined;
  return {
    servers: urls.map(({ host }) => host),
    name: access.name,
    timeout: deadlineMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectMs,
    pingInterval: pingMs,
    maxPingOut: 2,
    // Otherwise each request notes a stack, of which only our own error's is ever seen.
    noAsyncTraces: true,
    ...(isToken ? { token: decodeURIComponent(username) } : {}),
    ...(!isToken && username !== "" ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : {}),
    ...(access.credsFile === undefined ? {} : { authenticator: credsAuthenticator(readSecret(access.credsFile)) }),
    ...(isTls
      ? { tls: { ...tlsFiles(access), handshakeFirst: urls.some(({ protocol }) => protocol === "tls:") } }
      : {}),
  };
}

/** Throws `fleet/bus-invalid`: what is wrong is found before anything is asked. */
export function checkNatsAddress(url: string): void {
  for (const text of url.split(",")) parseAddress(text.trim());
}

function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^(nats|tls):$/.test(url.protocol) && url.hostname !== "") return url;
  throw fleetErrors.error("fleet/bus-invalid", "an address that is not nats://HOST:PORT or tls://HOST:PORT");
}

function tlsFiles({ caFile, certFile, keyFile }: NatsAccess): Record<string, string> {
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

function readSecret(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw fleetErrors.error("fleet/bus-refused", `${path}: ${(cause as Error).message}`, { cause });
  }
}

/** The promise's own result, or `fleet/bus-unreachable` at the deadline: the client queues requests while it is away. */
export async function within<Result>(work: Promise<Result>, deadlineMs: number): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(fleetErrors.error("fleet/bus-unreachable", `nothing within ${deadlineMs} ms`)),
    deadlineMs,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

const refusals = new Set(["AuthorizationError", "UserAuthenticationExpiredError", "PermissionViolationError"]);

/** A failure of the client's as one of ours. */
export function natsFailure(cause: unknown): BallastError {
  if (cause instanceof BallastError) return cause;
  const { name, message } = cause as Error;
  const isRefused = refusals.has(name) || refusals.has(((cause as Error).cause as Error | undefined)?.name ?? "");
  return fleetErrors.error(isRefused ? "fleet/bus-refused" : "fleet/bus-unreachable", `${name}: ${message}`, { cause });
}
