/**
 * Reading values by their keys, what is asked for in one turn with one request: 500 small bodies of a lookup are one
 * question. Any server that has the bucket answers that; what it does not know is asked of the leader.
 */

import type { BusValue } from "../bus.ts";
import type { OpenBucket } from "./open-bucket.ts";

/** Keys of one request: the server takes 1024. */
const keysMax = 256;

interface Asked {
  readonly key: string;
  readonly resolve: (value: BusValue | undefined) => void;
  readonly reject: (cause: unknown) => void;
}

export interface NatsReader {
  read(bucket: OpenBucket, key: string): Promise<BusValue | undefined>;
}

export function createNatsReader(): NatsReader {
  let waiting: Asked[] = [];

  function begin(bucket: OpenBucket): void {
    const asked = waiting;
    waiting = [];
    for (let at = 0; at < asked.length; at += keysMax) void answer(bucket, asked.slice(at, at + keysMax));
  }

  return {
    read(bucket, key) {
      return new Promise((resolve, reject) => {
        waiting.push({ key, resolve, reject });
        if (waiting.length === 1) setImmediate(begin, bucket);
      });
    },
  };
}

async function answer(bucket: OpenBucket, asked: readonly Asked[]): Promise<void> {
  const found = asked.length === 1 ? new Map<string, BusValue>() : await readMany(bucket, asked);
  for (const { key, resolve, reject } of asked) {
    const value = found.get(key);
    if (value === undefined) readOne(bucket, key).then(resolve, reject);
    else resolve(value);
  }
}

/** Empty when it cannot be had in this way: from servers before 2.11, from a bucket without direct access. */
async function readMany(
  { manager, stream, prefix }: OpenBucket,
  asked: readonly Asked[],
): Promise<ReadonlyMap<string, BusValue>> {
  const found = new Map<string, BusValue>();
  const subjects = [...new Set(asked.map(({ key }) => prefix + key))];
  try {
    const messages = await manager.direct.getLastMessagesFor(stream, { multi_last: subjects, batch: subjects.length });
    for await (const { subject, data, seq } of messages) {
      const key = subject.slice(prefix.length);
      // A value that says "removed" may be an old one.
      if (data.length > 0) found.set(key, { key, value: data, revision: seq });
    }
  } catch {
    // Whatever it was: the leader is asked for what is not here, and says what is wrong.
  }
  return found;
}

/** From the stream's leader: a replica may not have heard of the write that led to a conflict. */
export async function readOne({ manager, stream, prefix }: OpenBucket, key: string): Promise<BusValue | undefined> {
  const found = await manager.streams.getMessage(stream, { last_by_subj: prefix + key });
  if (found === null || found.header.get("KV-Operation") !== "") return undefined;
  return { key, value: found.data, revision: found.seq };
}
