/**
 * One signed request to an S3 server, with one deadline over everything: credentials, retries, the answer's head and
 * its body. Only the store's own error codes decide what an answer means: servers say 404 to unknown keys of
 * credentials, and 403 to missing objects when the list permission is not given.
 */

import type { AwsV4Signer as Signer } from "aws4fetch";
import { BallastError } from "../../../core/errors.ts";
import type { AwsCredentials, CredentialSource } from "./aws-credentials.ts";
import type { S3Address } from "./s3-address.ts";
import { fleetErrors } from "../errors.ts";
import { storeErrors } from "./store-errors.ts";

export interface S3Request {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | Blob;
  /** SHA-256 of the body, in hex: the server refuses other bytes. */
  readonly bodyHash?: string;
  readonly deadlineMs: number;
}

export interface S3Connection {
  readonly address: S3Address;
  readonly credentials: CredentialSource;
  /** A bundle of certificates to trust instead of the system's. */
  readonly ca: string | undefined;
  readonly nowMs: () => number;
}

export interface S3Client {
  /** The answer with its head; `undefined`: no such object. The deadline holds for reading its body too. */
  request(request: S3Request): Promise<Response | undefined>;
}

const retryMs = { first: 50, most: 2000 } as const;
/** As much of a failure's body as is read. */
const failureBytesMax = 16 * 1024;
/** SHA-256 of nothing. */
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export function createS3Client(connection: S3Connection): S3Client {
  const clock = createServerClock(connection.nowMs);
  return {
    async request(request) {
      const deadline = AbortSignal.timeout(request.deadlineMs);
      try {
        return await attempts(connection, clock, request, deadline);
      } catch (cause) {
        if (cause instanceof BallastError) throw cause;
        const why = deadline.aborted ? `no answer within ${request.deadlineMs} ms` : (cause as Error).message;
        throw fleetErrors.error("fleet/store-unreachable", `${request.method}: ${why}`, { cause });
      }
    },
  };
}

/** The time as the server has it, once it has told that ours is too far from it. */
interface ServerClock {
  nowMs(): number;
  correct(serverMs: number): void;
}

function createServerClock(nowMs: () => number): ServerClock {
  let aheadMs = 0;
  return {
    nowMs: () => nowMs() + aheadMs,
    correct(serverMs) {
      // An answer without a date says nothing about the time.
      aheadMs = Number.isNaN(serverMs) ? 0 : serverMs - nowMs();
    },
  };
}

/** What is done about a failed attempt. */
type Remedy = "again" | "correct-clock" | "new-credentials" | "none";

interface Failure {
  readonly remedy: Remedy;
  readonly error: BallastError;
  readonly dateMs: number;
}

async function attempts(
  connection: S3Connection,
  clock: ServerClock,
  request: S3Request,
  deadline: AbortSignal,
): Promise<Response | undefined> {
  const tried = new Set<Remedy>();
  for (let waitMs: number = retryMs.first; ; waitMs = Math.min(waitMs * 2, retryMs.most)) {
    const found = await attempt(connection, clock.nowMs(), request, deadline, tried.has("new-credentials"));
    if (!("remedy" in found)) return found.response;
    const { remedy, error, dateMs } = found;
    // Each of these helps once or not at all.
    if (remedy === "none" || (remedy !== "again" && tried.has(remedy))) throw error;
    tried.add(remedy);
    if (remedy === "correct-clock") clock.correct(dateMs);
    if (remedy === "again" && !(await rested(waitMs * (0.5 + Math.random() / 2), deadline))) throw error;
  }
}

/** False when the deadline came first. */
function rested(durationMs: number, deadline: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(true), durationMs);
    function end(isRested: boolean): void {
      clearTimeout(timer);
      deadline.removeEventListener("abort", expire);
      resolve(isRested);
    }
    function expire(): void {
      end(false);
    }
    if (deadline.aborted) expire();
    else deadline.addEventListener("abort", expire, { once: true });
  });
}

async function attempt(
  connection: S3Connection,
  timeMs: number,
  request: S3Request,
  deadline: AbortSignal,
  isStale: boolean,
): Promise<{ readonly response: Response | undefined } | Failure> {
  const credentials = await connection.credentials.read(isStale, deadline);
  const signed = await sign(connection, request, credentials, timeMs);
  try {
    const response = await fetch(signed.url, {
      method: request.method,
      headers: signed.headers,
      body: request.body ?? null,
      signal: deadline,
      redirect: "manual",
      decompress: false,
      ...(connection.ca === undefined ? {} : { tls: { ca: connection.ca } }),
    });
    if (response.ok) return { response };
    const failure = await failureOf(request, response);
    return failure ?? { response: undefined };
  } catch (cause) {
    if (deadline.aborted || cause instanceof BallastError) throw cause;
    const error = fleetErrors.error("fleet/store-unreachable", (cause as Error).message, { cause });
    return { remedy: "again", error, dateMs: Number.NaN };
  }
}

async function sign(
  { address }: S3Connection,
  { method, key, headers, bodyHash }: S3Request,
  credentials: AwsCredentials,
  timeMs: number,
): Promise<{ readonly url: URL; readonly headers: Headers }> {
  const { AwsV4Signer } = await import("aws4fetch");
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer: Signer = new AwsV4Signer({
    method,
    url: address.base + key,
    headers: { ...headers, "x-amz-content-sha256": bodyHash ?? emptyHash },
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service: "s3",
    region: address.region,
    datetime: new Date(timeMs).toISOString().replace(/[:-]|\.\d{3}/g, ""),
  });
  return signer.sign();
}

/** `undefined`: the object is not there, and that is all. */
async function failureOf(request: S3Request, response: Response): Promise<Failure | undefined> {
  const { status } = response;
  const text = await readStart(response);
  const code = /<Code>\s*([\w.]+)\s*<\/Code>/.exec(text)?.[1] ?? "";
  if (code === "NoSuchKey") return undefined;
  const [name, remedy] = meaningOf(status, code);
  const error = makeError(name, `${request.method} answered ${status} ${code || "without a code"}`);
  return { remedy, error, dateMs: Date.parse(response.headers.get("date") ?? "") };
}

type OwnCode = keyof typeof storeErrors.table;
type StoreCode = OwnCode | keyof typeof fleetErrors.table;

function makeError(code: StoreCode, detail: string): BallastError {
  return isOwn(code) ? storeErrors.error(code, detail) : fleetErrors.error(code, detail);
}

function isOwn(code: StoreCode): code is OwnCode {
  return Object.hasOwn(storeErrors.table, code);
}

const meanings: Readonly<Record<string, readonly [StoreCode, Remedy]>> = {
  NoSuchBucket: ["fleet/store-bucket-missing", "none"],
  RequestTimeTooSkewed: ["fleet/store-clock-skewed", "correct-clock"],
  RequestExpired: ["fleet/store-clock-skewed", "correct-clock"],
  ExpiredToken: ["fleet/store-credentials-expired", "new-credentials"],
  ExpiredTokenException: ["fleet/store-credentials-expired", "new-credentials"],
  TokenRefreshRequired: ["fleet/store-credentials-expired", "new-credentials"],
  InvalidAccessKeyId: ["fleet/store-refused", "new-credentials"],
  XAdminUserNotFound: ["fleet/store-refused", "new-credentials"],
  InvalidToken: ["fleet/store-refused", "new-credentials"],
  SignatureDoesNotMatch: ["fleet/store-refused", "new-credentials"],
  AccessDenied: ["fleet/store-refused", "none"],
  QuotaExceeded: ["fleet/store-full", "none"],
  InsufficientStorage: ["fleet/store-full", "none"],
  XMinioStorageFull: ["fleet/store-full", "none"],
  SlowDown: ["fleet/store-unreachable", "again"],
};

function meaningOf(status: number, code: string): readonly [StoreCode, Remedy] {
  const known = meanings[code];
  if (known !== undefined) return known;
  if (status === 507) return ["fleet/store-full", "none"];
  if (status >= 500 || status === 429 || status === 408) return ["fleet/store-unreachable", "again"];
  return [status === 401 || status === 403 ? "fleet/store-refused" : "fleet/store-failed", "none"];
}

async function readStart(response: Response): Promise<string> {
  if (response.body === null) return "";
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body as ReadableStream<Uint8Array>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= failureBytesMax) break;
  }
  return Buffer.concat(parts).toString("utf8", 0, failureBytesMax);
}
