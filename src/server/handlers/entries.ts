/** `POST /v1/entries`: a batch of entries, stored as it comes. */

import type { View } from "../../cache/node/view.ts";
import type { PutResult, Store } from "../../cache/node/store.ts";
import { type WireEntry } from "../../cache/protocol/entry.ts";
import { createFrameReader, decodeEntry, type Frame, frameType } from "../../cache/protocol/frame.ts";
import { limits } from "../../cache/protocol/limits.ts";
import { BallastError } from "../../core/errors.ts";
import { jsonAnswer } from "../answers.ts";
import { serverErrors } from "../errors.ts";
import { readChunks } from "../request-body.ts";
import type { Handler } from "./handler.ts";

/** The answer to a batch. `stored`, `known` and `conflicts` are counts. */
export interface BatchAnswer {
  stored: number;
  known: number;
  conflicts: number;
  readonly refused: { readonly action: string; readonly code: string }[];
}

export const putEntries: Handler = async ({ store, viewOf, control }, request, _id, access) => {
  if (access !== "read-write") throw serverErrors.error("server/read-only", "a batch of puts");
  const view = viewOf(request);
  control?.requireWritable(view);
  const batch = createBatch(store, view);
  const reader = createFrameReader(limits.framePayloadBytes);
  try {
    for await (const chunk of readChunks(request, limits.batchSizeBytes)) {
      reader.feed(chunk, (frame) => batch.take(frame));
    }
  } finally {
    // What came whole counts, also when the rest did not: nobody should be told before it is stored.
    await batch.settled();
  }
  if (!batch.isEnded) throw serverErrors.error("server/body-cut-off", "there is no end frame");
  return jsonAnswer(batch.answer);
};

interface Batch {
  take(frame: Frame): void;
  settled(): Promise<void>;
  readonly isEnded: boolean;
  readonly answer: BatchAnswer;
}

function createBatch(store: Store, view: View): Batch {
  const answer: BatchAnswer = { stored: 0, known: 0, conflicts: 0, refused: [] };
  const waiting: Promise<void>[] = [];
  let isEnded = false;
  let failure: Error | undefined;

  async function put(entry: WireEntry): Promise<void> {
    try {
      answer[countOf[await store.put(view, entry)]] += 1;
    } catch (cause) {
      if (!(cause instanceof BallastError)) failure = cause as Error;
      else answer.refused.push({ action: entry.action.toHex(), code: cause.code });
    }
  }

  return {
    take({ type, payload }) {
      if (isEnded) throw serverErrors.error("server/request-malformed", "bytes after the end frame");
      if (type === frameType.end) isEnded = true;
      else if (type === frameType.entry) waiting.push(put(decodeEntry(payload)));
      else throw serverErrors.error("server/request-malformed", `a frame of type ${type} in a batch`);
    },
    async settled() {
      await Promise.all(waiting);
      if (failure !== undefined) throw failure;
    },
    get isEnded() {
      return isEnded;
    },
    answer,
  };
}

const countOf: Readonly<Record<PutResult, "stored" | "known" | "conflicts">> = {
  stored: "stored",
  known: "known",
  conflict: "conflicts",
};
