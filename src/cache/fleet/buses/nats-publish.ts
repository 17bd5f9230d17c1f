/**
 * Writing to the bucket with many acknowledgements under way: one subscription takes all of them, and one timer looks
 * after all deadlines. The client's own request costs a stack trace, a timer and two promises each.
 */

import type { JetStreamApiError } from "@nats-io/jetstream";
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { fleetErrors } from "../errors.ts";
import { streamNotFound } from "./open-bucket.ts";

export interface NatsPublisher {
  /**
   * The revision that the value got, if the subject's last one was `expectedRevision`. Rejects with what JetStream
   * says, and with `fleet/bus-unreachable` when the deadline has passed.
   */
  publish(subject: string, value: Uint8Array, expectedRevision: number, deadlineMs: number): Promise<number>;
}

interface Waiting {
  readonly resolve: (revision: number) => void;
  readonly reject: (cause: Error) => void;
  readonly deadlineMs: number;
  readonly endMs: number;
}

/** How exactly deadlines are kept. */
const tickMs = 50;
const expectedHeader = "Nats-Expected-Last-Subject-Sequence";

export async function createNatsPublisher(connection: NatsConnection): Promise<NatsPublisher> {
  const { createInbox, headers } = await import("@nats-io/transport-node");
  const { JetStreamApiError: ApiFailure } = await import("@nats-io/jetstream");
  const inbox = createInbox();
  const waiting = new Map<string, Waiting>();
  let number = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  function take(token: string): Waiting | undefined {
    const found = waiting.get(token);
    waiting.delete(token);
    if (waiting.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    return found;
  }

  function expire(isOver: (one: Waiting) => boolean, reason: (one: Waiting) => string): void {
    for (const [token, one] of waiting) {
      if (isOver(one)) take(token)?.reject(fleetErrors.error("fleet/bus-unreachable", reason(one)));
    }
  }

  function onTick(): void {
    const nowMs = performance.now();
    expire(
      ({ endMs }) => endMs <= nowMs,
      ({ deadlineMs }) => `nothing within ${deadlineMs} ms`,
    );
  }

  const subscription = connection.subscribe(`${inbox}.*`, {
    callback(failure, message) {
      if (failure !== null) return;
      const found = take(message.subject.slice(inbox.length + 1));
      const answer = readAnswer(message, ApiFailure);
      if (typeof answer === "number") found?.resolve(answer);
      else found?.reject(answer);
    },
  });
  void Promise.race([subscription.closed, connection.closed()]).then(() =>
    expire(
      () => true,
      () => "the connection has ended",
    ),
  );
  const expecting = (revision: number): MsgHdrs => {
    const made = headers();
    made.set(expectedHeader, String(revision));
    return made;
  };
  const expectingNothing = expecting(0);
  return {
    publish(subject, value, expectedRevision, deadlineMs) {
      return new Promise((resolve, reject) => {
        const token = String(++number);
        const headersOf = expectedRevision === 0 ? expectingNothing : expecting(expectedRevision);
        // Throws when the connection has been closed.
        connection.publish(subject, value, { reply: `${inbox}.${token}`, headers: headersOf });
        waiting.set(token, { resolve, reject, deadlineMs, endMs: performance.now() + deadlineMs });
        timer ??= setInterval(onTick, tickMs);
      });
    },
  };
}

function readAnswer(message: Msg, Failure: typeof JetStreamApiError): number | Error {
  if (message.data.length === 0) {
    // Nobody listens on the subject: there is no such bucket (any more).
    return new Failure({ code: 503, err_code: streamNotFound, description: "nobody keeps this bucket" });
  }
  const { seq, error } = message.json<{
    seq?: number;
    error?: { code: number; err_code: number; description: string };
  }>();
  if (error !== undefined) return new Failure(error);
  return seq ?? fleetErrors.error("fleet/bus-unreachable", "an acknowledgement without a sequence");
}
