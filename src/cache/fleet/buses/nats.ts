/**
 * The bus on NATS JetStream: a key-value bucket that keeps the last value of each key. Its revisions are the sequence
 * numbers of the bucket's stream; which stream it is says the time at which it was made.
 */

import type { NatsConnection } from "@nats-io/transport-node";
import { fleetErrors } from "../errors.ts";
import type { Bus, BusValue, PublishResult } from "../bus.ts";
import { createNatsLink, type NatsAccess, type NatsLink, natsFailure, within } from "./nats-connection.ts";
import { followStream } from "./nats-follow.ts";
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
  const { bucketOf, forget } = createBucketOpener(link, options);

  /** A bucket that was lost with the servers' disks is made again by the next who needs it. */
  async function using<Result>(deadlineMs: number, work: (bucket: OpenBucket) => Promise<Result>): Promise<Result> {
    return failing(deadlineMs, async () => {
      try {
        return await work(await bucketOf());
      } catch (cause) {
        if (isStreamGone(cause)) forget();
        throw cause;
      }
    });
  }

  return {
    publish: (key, value, expectedRevision, deadlineMs) =>
      using(deadlineMs, (bucket) => publish(bucket, key, value, expectedRevision, deadlineMs)),
    read: (key, deadlineMs) => using(deadlineMs, (bucket) => read(bucket, key)),
    async *follow(from, signal) {
      const bucket = await failing(openDeadlineMs, async () => {
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

async function failing<Result>(deadlineMs: number, work: () => Promise<Result>): Promise<Result> {
  try {
    return await within(work(), deadlineMs);
  } catch (cause) {
    throw natsFailure(fullOr(cause));
  }
}

/** Opens the bucket once for each connection. */
function createBucketOpener(
  link: NatsLink,
  options: NatsBusOptions,
): { bucketOf(): Promise<OpenBucket>; forget(): void } {
  let kept: { readonly connection: NatsConnection; readonly bucket: Promise<OpenBucket> } | undefined;
  function forget(): void {
    kept = undefined;
  }
  return {
    forget,
    async bucketOf() {
      const connection = await link.connection(openDeadlineMs);
      if (kept?.connection !== connection) {
        kept = { connection, bucket: openBucket(connection, options) };
        kept.bucket.catch(forget);
      }
      return kept.bucket;
    },
  };
}

async function openBucket(connection: NatsConnection, options: NatsBusOptions): Promise<OpenBucket> {
  const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  const js = jetstream(connection, { timeout: openDeadlineMs });
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: openDeadlineMs });
  const bucket = {
    connection,
    js,
    manager,
    stream: `KV_${options.bucket}`,
    prefix: `$KV.${options.bucket}.`,
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
  const { JetStreamApiError } = await import("@nats-io/jetstream");
  try {
    const ack = await bucket.js.publish(bucket.prefix + key, value, {
      expect: { lastSubjectSequence: expectedRevision },
      timeout: deadlineMs,
    });
    return { kind: "published", revision: ack.seq };
  } catch (cause) {
    if (!(cause instanceof JetStreamApiError)) throw cause;
    if (cause.code !== wrongSequence) throw cause;
    return { kind: "conflict", held: await read(bucket, key) };
  }
}

/** What JetStream says when the bucket or the account has no room. */
const fullCodes = new Set([10_023, 10_047, 10_077]);

function fullOr(cause: unknown): unknown {
  const isFull = cause instanceof Error && "code" in cause && fullCodes.has(Number(cause.code));
  return isFull ? fleetErrors.error("fleet/bus-full", cause.message, { cause }) : cause;
}

/** From the stream's leader: a replica may not have heard of the write that led to a conflict. */
async function read({ manager, stream, prefix }: OpenBucket, key: string): Promise<BusValue | undefined> {
  const found = await manager.streams.getMessage(stream, { last_by_subj: prefix + key });
  if (found === null || found.header.get("KV-Operation") !== "") return undefined;
  return { key, value: found.data, revision: found.seq };
}
