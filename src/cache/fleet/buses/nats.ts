/**
 * The bus on NATS JetStream: a key-value bucket that keeps the last value of each key. Its revisions are the sequence
 * numbers of the bucket's stream; which stream it is says the time at which it was made.
 */

import type { NatsConnection } from "@nats-io/transport-node";
import { fleetErrors } from "../errors.ts";
import type { Bus, PublishResult } from "../bus.ts";
import { createNatsLink, type NatsAccess, type NatsLink, natsFailure, within } from "./nats-connection.ts";
import { followStream } from "./nats-follow.ts";
import { createNatsPublisher, type NatsPublisher } from "./nats-publish.ts";
import { createNatsReader, readOne } from "./nats-read.ts";
import { isStreamGone, type OpenBucket } from "./open-bucket.ts";

export interface NatsBusOptions extends NatsAccess {
  /** Letters, digits, `-` and `_`. It is made when it is not there. */
  readonly bucket: string;
  readonly replicas: number;
  /** Most bytes that the bucket holds; when it is full the bus refuses new keys and changes wait. */
  readonly maxBytes: number;
}

/** Longest wait for what belongs to opening: connection, bucket. */
const openDeadlineMs = 5000;
/** What JetStream says when the key has another revision than was expected. */
const wrongSequence = 10_071;
/** Largest value; the same limit as this side has. */
const valueBytesMax = 64 * 1024;

export function openNatsBus(options: NatsBusOptions): Bus {
  const link = createNatsLink(options);
  const { bucketOf, openNow, forget } = createBucketOpener(link, options);
  const reader = createNatsReader();

  /** A bucket that was lost with the servers' disks is made again by the next who needs it. */
  async function noticing<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (cause) {
      if (isStreamGone(cause)) forget();
      throw cause;
    }
  }

  function using<Result>(deadlineMs: number, work: (bucket: OpenBucket) => Promise<Result>): Promise<Result> {
    return inTime(deadlineMs, () => noticing(async () => work(await bucketOf())));
  }

  return {
    publish(key, value, expectedRevision, deadlineMs) {
      const open = openNow();
      // Publishing keeps its deadline by itself, and needs no second one once the bucket is open.
      if (open !== undefined) {
        return failing(() => noticing(() => publish(open, key, value, expectedRevision, deadlineMs)));
      }
      return using(deadlineMs, (bucket) => publish(bucket, key, value, expectedRevision, deadlineMs));
    },
    read: (key, deadlineMs) => using(deadlineMs, (bucket) => reader.read(bucket, key)),
    remove: (key, deadlineMs) =>
      using(deadlineMs, async ({ manager, stream, prefix }) => {
        await manager.streams.purge(stream, { filter: prefix + key });
      }),
    timeMs: (deadlineMs) =>
      using(deadlineMs, async ({ manager, stream }) => {
        const timeMs = Date.parse((await manager.streams.info(stream)).ts ?? "");
        return Number.isNaN(timeMs) ? undefined : timeMs;
      }),
    async *follow(from, signal) {
      const bucket = await inTime(openDeadlineMs, async () => {
        const found = await bucketOf();
        // It may have been deleted since the connection was made.
        await makeBucket(found, options);
        return found;
      });
      yield* followStream(bucket, from, signal);
    },
    close: () => link.close(),
  };
}

function inTime<Result>(deadlineMs: number, work: () => Promise<Result>): Promise<Result> {
  return failing(() => within(work(), deadlineMs));
}

async function failing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw natsFailure(fullOr(cause));
  }
}

/** Opens the bucket once for each connection. */
function createBucketOpener(
  link: NatsLink,
  options: NatsBusOptions,
): { bucketOf(): Promise<OpenBucket>; openNow(): OpenBucket | undefined; forget(): void } {
  let kept: { readonly connection: NatsConnection; readonly bucket: Promise<OpenBucket> } | undefined;
  let open: OpenBucket | undefined;
  let writer: { readonly connection: NatsConnection; readonly publisher: Promise<NatsPublisher> } | undefined;
  function forget(): void {
    kept = undefined;
    open = undefined;
  }
  return {
    forget,
    openNow: () => (open?.connection.isClosed() === true ? undefined : open),
    async bucketOf() {
      const connection = await link.connection(openDeadlineMs);
      if (writer?.connection !== connection) writer = { connection, publisher: createNatsPublisher(connection) };
      if (kept?.connection !== connection) {
        const { publisher } = writer;
        const bucket = publisher.then((made) => openBucket(connection, made, options));
        kept = { connection, bucket };
        kept.bucket.catch(forget);
      }
      open = await kept.bucket;
      return open;
    },
  };
}

async function openBucket(
  connection: NatsConnection,
  publisher: NatsPublisher,
  options: NatsBusOptions,
): Promise<OpenBucket> {
  const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  const js = jetstream(connection, { timeout: openDeadlineMs });
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: openDeadlineMs });
  const bucket = {
    connection,
    js,
    manager,
    stream: `KV_${options.bucket}`,
    prefix: `$KV.${options.bucket}.`,
    publisher,
  };
  await makeBucket(bucket, options);
  return bucket;
}

async function makeBucket({ js, manager, stream }: OpenBucket, options: NatsBusOptions): Promise<void> {
  try {
    await manager.streams.info(stream);
  } catch (cause) {
    if (!isStreamGone(cause)) throw cause;
    const { Kvm } = await import("@nats-io/kv");
    await new Kvm(js).create(options.bucket, {
      history: 1,
      replicas: options.replicas,
      max_bytes: options.maxBytes,
      maxValueSize: valueBytesMax,
      timeout: openDeadlineMs,
    });
  }
}

async function publish(
  bucket: OpenBucket,
  key: string,
  value: Uint8Array,
  expectedRevision: number,
  deadlineMs: number,
): Promise<PublishResult> {
  try {
    const revision = await bucket.publisher.publish(bucket.prefix + key, value, expectedRevision, deadlineMs);
    return { kind: "published", revision };
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause) || cause.code !== wrongSequence) throw cause;
    return { kind: "conflict", held: await within(readOne(bucket, key), deadlineMs) };
  }
}

/** What JetStream says when the bucket or the account has no room. */
const fullCodes = new Set([10_023, 10_047, 10_077]);

function fullOr(cause: unknown): unknown {
  const isFull = cause instanceof Error && "code" in cause && fullCodes.has(Number(cause.code));
  return isFull ? fleetErrors.error("fleet/bus-full", cause.message, { cause }) : cause;
}
