/**
 * Bodies so small that a request to the store costs more than they do: they lie on the bus, in a bucket of their own, and
 * the store sees none of them. About half of what Go caches is of this size. Where the bus has no room for one, the store
 * takes it.
 */

import { hasCode } from "../../../core/errors.ts";
import { type Codec, codec } from "../../protocol/entry.ts";
import type { Bus } from "../bus.ts";
import type { BodySource, SharedBody, SharedStore } from "../shared-store.ts";

/** Largest body, as it lies on the node, that goes to the bus. */
const smallBytesMax = 1024;

/** A value is the codec's number and the body. Nothing at all says that the body was deleted, by a Ballast before this. */
const codecs: readonly Codec[] = [codec.identity, codec.zstd];

export function withSmallBodies(store: SharedStore, bus: Bus): SharedStore {
  async function find(output: string, deadlineMs: number): Promise<SharedBody | undefined> {
    const value = (await bus.read(output, deadlineMs))?.value;
    const encoding = codecs.find((one) => one === value?.[0]);
    if (value === undefined || encoding === undefined) return undefined;
    const bytes = value.slice(1);
    return { codec: encoding, storedBytes: bytes.length, bytes: streamOf(bytes) };
  }

  return {
    async put(output, encoding, body, deadlineMs) {
      if (!isSmall(body) || !(await putSmall(bus, output, encoding, body, deadlineMs))) {
        await store.put(output, encoding, body, deadlineMs);
      }
    },
    get: async (output, deadlineMs) => (await find(output, deadlineMs)) ?? store.get(output, deadlineMs),
    has: async (output, deadlineMs) => (await find(output, deadlineMs)) !== undefined || store.has(output, deadlineMs),
    async delete(output, deadlineMs) {
      // Where it was too large for the bus nothing is there to be removed.
      await Promise.all([bus.remove(output, deadlineMs), store.delete(output, deadlineMs)]);
    },
    async close() {
      await Promise.all([store.close(), bus.close()]);
    },
  };
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

function isSmall(body: BodySource): body is Uint8Array {
  return body instanceof Uint8Array && body.length <= smallBytesMax;
}

/** False when there is no room. What lies there already is another form of the same body, or was deleted. */
async function putSmall(
  bus: Bus,
  output: string,
  encoding: Codec,
  body: Uint8Array,
  deadlineMs: number,
): Promise<boolean> {
  const value = Buffer.concat([Uint8Array.of(encoding), body]);
  try {
    const result = await bus.publish(output, value, 0, deadlineMs);
    if (result.kind === "published" || (result.held?.value.length ?? 0) > 0) return true;
    const again = await bus.publish(output, value, result.held?.revision ?? 0, deadlineMs);
    return again.kind === "published" || (again.held?.value.length ?? 0) > 0;
  } catch (cause) {
    if (hasCode(cause, "fleet/bus-full")) return false;
    throw cause;
  }
}
