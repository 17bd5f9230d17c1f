/** Reads the answer to a lookup. */

import type { WireEntry } from "../protocol/entry.ts";
import { protocolErrors } from "../protocol/errors.ts";
import { createFrameReader, decodeEntry, type Frame, frameType } from "../protocol/frame.ts";

export interface LookupHandler {
  onBytes(count: number): void;
  /** `action` is base64. */
  onMiss(action: string): void;
  /** Those of the request's actions that are not there, as bits; valid during the call. */
  onMisses(bits: Uint8Array): void;
  /** The entry's ids and body are views that are valid during the call. */
  onEntry(entry: WireEntry): void;
}

/** Throws `protocol/malformed` for an answer that is none or was cut off; what came before that was handed on. */
export async function readLookup(body: AsyncIterable<Uint8Array>, handler: LookupHandler): Promise<void> {
  const reader = createFrameReader();
  let isEnded = false;
  const take = ({ type, payload }: Frame): void => {
    if (type === frameType.end) isEnded = true;
    else if (type === frameType.miss) handler.onMiss(Buffer.from(payload).toString("base64"));
    else if (type === frameType.misses) handler.onMisses(payload);
    else if (type === frameType.entry) handler.onEntry(decodeEntry(payload));
  };
  for await (const chunk of body) {
    handler.onBytes(chunk.length);
    reader.feed(chunk, take);
  }
  if (!isEnded) throw protocolErrors.error("protocol/malformed", "an answer that was cut off");
}
