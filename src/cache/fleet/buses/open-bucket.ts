import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { NatsPublisher } from "./nats-publish.ts";

/** The bucket as one connection sees it. */
export interface OpenBucket {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly stream: string;
  /** What stands before a key in a subject. */
  readonly prefix: string;
  readonly publisher: NatsPublisher;
}

export const streamNotFound = 10_059;

/** Whether JetStream says that there is no such stream; to a publish nobody answers then. */
export function isStreamGone(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause.name === "JetStreamNotEnabled" || ("code" in cause && cause.code === streamNotFound);
}
