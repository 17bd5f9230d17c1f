/** Following the bucket's stream from a position on, in batches, until told to stop. */

import type { ConsumerMessages, JsMsg, StreamInfo } from "@nats-io/jetstream";
import { fleetErrors } from "../errors.ts";
import { type BusBatch, type BusPosition, busStart, type BusValue } from "../bus.ts";
import { natsFailure, within } from "./nats-connection.ts";
import type { OpenBucket } from "./open-bucket.ts";

/** Most values of one batch: one transaction of the node's index. */
const batchMax = 1000;
/** Asked for ahead of what was handled: this bounds the memory, too. */
const aheadMax = 2000;
/** A pull request ends after this time; silence for half of it and a bit tells the client that the server is gone. */
const pullMs = 5000;
/** How often it is asked whether the stream still is the one that it was, and how long an answer may take. */
const checkMs = 2000;

export async function* followStream(
  bucket: OpenBucket,
  from: BusPosition,
  signal: AbortSignal,
): AsyncGenerator<BusBatch> {
  const readInfo = (): Promise<StreamInfo> => bucket.manager.streams.info(bucket.stream);
  try {
    const info = await readInfo();
    refuseOther(info, from);
    const start = from.stream === "" ? busStart.revision : from.revision;
    const last = info.state.last_seq;
    yield { values: [], position: positionIn(info, start), isCaughtUp: start >= last };
    yield* consume(bucket, readInfo, positionIn(info, start), last, signal);
  } catch (cause) {
    if (!signal.aborted) throw natsFailure(cause);
  }
}

/** A stream that was made anew, or brought back from an older copy, has other values under the same revisions. */
function refuseOther(info: StreamInfo, from: BusPosition): void {
  if (from.stream === "") return;
  if (info.created !== from.stream) throw fleetErrors.error("fleet/position-gone", "the bucket was made anew");
  if (info.state.last_seq < from.revision) {
    throw fleetErrors.error(
      "fleet/position-gone",
      `the bucket ends at ${info.state.last_seq}, before ${from.revision}`,
    );
  }
}

async function* consume(
  { js, stream, prefix }: OpenBucket,
  readInfo: () => Promise<StreamInfo>,
  from: BusPosition,
  last: number,
  signal: AbortSignal,
): AsyncGenerator<BusBatch> {
  const { DeliverPolicy } = await import("@nats-io/jetstream");
  const consumer = await js.consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from.revision + 1,
  });
  const messages = await consumer.consume({ max_messages: aheadMax, expires: pullMs });
  let seen = from.revision;
  if (from.revision < last && (await consumer.info(true)).num_pending === 0) {
    // What was last has been removed, and nothing is left after `from`.
    seen = last;
    yield { values: [], position: { stream: from.stream, revision: seen }, isCaughtUp: true };
  }
  const watch = watchStream(readInfo, () => ({ stream: from.stream, revision: seen }), messages, signal);
  try {
    let values: BusValue[] = [];
    for await (const message of messages) {
      const value = valueOf(prefix, message);
      if (value !== undefined) values.push(value);
      seen = message.seq;
      // What the client has queued counts also what is no message; only the server's count says that one will come.
      const isMoreComing = messages.getPending() > 0 && message.info.pending > 0;
      if (values.length < batchMax && isMoreComing) continue;
      yield { values, position: { stream: from.stream, revision: seen }, isCaughtUp: isAtEnd(message, last) };
      values = [];
    }
    if (watch.failure !== undefined) throw watch.failure;
  } finally {
    watch.stop();
    await messages.close();
  }
}

/** What was last at the beginning may have been replaced since: then what replaced it comes later, or nothing is left. */
function isAtEnd(message: JsMsg, last: number): boolean {
  return message.seq >= last || message.info.pending === 0;
}

interface StreamWatch {
  readonly failure: Error | undefined;
  stop(): void;
}

/** The client follows a stream of the same name without a word when it was made anew; nothing would ever come. */
function watchStream(
  readInfo: () => Promise<StreamInfo>,
  position: () => BusPosition,
  messages: ConsumerMessages,
  signal: AbortSignal,
): StreamWatch {
  let failure: Error | undefined;
  let behindAt: number | undefined;
  const timer = setInterval(() => void check(), checkMs);
  // The end may have come while the consumer was made.
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });

  async function check(): Promise<void> {
    try {
      // Values go on coming while it is asked: seen from after the answer, a stream that is written to seems to have
      // become shorter, and everything would be read and told again (seen at 1,000 values a second).
      const before = position();
      const info = await within(readInfo(), checkMs);
      refuseOther(info, before);
      refuseStandstill(info.state.last_seq);
    } catch (cause) {
      // Also when the servers are only away: the client's consumer took half a minute to notice that they were back.
      failure = natsFailure(cause);
      end();
    }
  }

  /** A consumer that lived on a server that ended was not made again in a cluster, and nothing came any more. */
  function refuseStandstill(last: number): void {
    const { revision } = position();
    const isBehind = revision < last;
    if (isBehind && behindAt === revision) {
      throw fleetErrors.error("fleet/bus-unreachable", `nothing comes after ${revision}, and there is more`);
    }
    behindAt = isBehind ? revision : undefined;
  }

  function end(): void {
    void messages.close();
  }

  return {
    get failure() {
      return failure;
    },
    stop() {
      clearInterval(timer);
      signal.removeEventListener("abort", end);
    },
  };
}

/** A message of the bucket's stream; `undefined`: it tells that a key was removed. */
function valueOf(prefix: string, message: JsMsg): BusValue | undefined {
  const { data } = message;
  // Headers are costly to read, and what tells of a removal has no data.
  if (data.length === 0 && message.headers?.has("KV-Operation") === true) return undefined;
  return { key: message.subject.slice(prefix.length), value: data, revision: message.seq };
}

function positionIn(info: StreamInfo, revision: number): BusPosition {
  return { stream: info.created, revision };
}
