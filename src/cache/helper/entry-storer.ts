/** Puts what a server sent into the local tier, after looking at it: the hash decides, not the sender. */

import type { ZstdDecoder } from "../../core/zstd-decoder.ts";
import type { LocalTier } from "../local/local-tier.ts";
import type { FinishedBody } from "../local/body-file.ts";
import { origin } from "../local/record.ts";
import { codec, type WireEntry } from "../protocol/entry.ts";
import { protocolErrors } from "../protocol/errors.ts";

/** Stores an entry whose body came with it. Returns the body's path; throws `protocol/body-mismatch`. */
export function storeInline(tier: LocalTier, decoder: ZstdDecoder, entry: WireEntry): string {
  const output = Buffer.from(entry.output).toString("hex");
  const known = tier.findBody(output);
  if (known !== undefined) return link(tier, entry, known);
  const file = tier.startBody(output, entry.sizeBytes);
  try {
    if (entry.codec === codec.identity) file.write(entry.body);
    else decoder.decode(entry.body, entry.sizeBytes, (piece) => file.write(piece));
    return link(tier, entry, file.finish());
  } catch (cause) {
    file.abandon();
    throw cause;
  }
}

const collectEachBytes = 4 * 1024 * 1024;

/** Stores an entry whose body streams in, decoded. `onBytes` is told of each piece. */
export async function storeStream(
  tier: LocalTier,
  entry: WireEntry,
  body: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): Promise<string> {
  const file = tier.startBody(Buffer.from(entry.output).toString("hex"), entry.sizeBytes);
  try {
    let [bytes, uncollectedBytes] = [0, 0];
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > entry.sizeBytes) throw protocolErrors.error("protocol/body-mismatch", "a body beyond its size");
      onBytes(chunk.length);
      file.write(chunk);
      // What was written is garbage that the engine lets grow to the size of the body.
      uncollectedBytes += chunk.length;
      if (uncollectedBytes < collectEachBytes) continue;
      uncollectedBytes = 0;
      Bun.gc(true);
    }
    return link(tier, entry, file.finish());
  } catch (cause) {
    file.abandon();
    throw cause;
  }
}

/** The entry with ids of its own, for keeping beyond the frame that it came in. */
export function withOwnIds(entry: WireEntry): WireEntry {
  return { ...entry, action: Buffer.from(entry.action), output: Buffer.from(entry.output) };
}

function link(tier: LocalTier, entry: WireEntry, done: FinishedBody): string {
  tier.link({ ...withOwnIds(entry), origin: origin.fetched }, done.print);
  return done.path;
}
