import { expect, test } from "bun:test";
import fc from "fast-check";
import { BallastError } from "../../core/errors.ts";
import { codec } from "../protocol/entry.ts";
import { encodeEnd, encodeEntry, encodeMiss } from "../protocol/frame.ts";
import { readLookup } from "./lookup-answer.ts";

const entry = encodeEntry({
  action: Buffer.alloc(32, 1),
  output: Buffer.alloc(32, 2),
  sizeBytes: 50,
  timeNs: 5n,
  costMs: 7,
  kind: 1,
  partition: 0,
  codec: codec.identity,
  body: Buffer.alloc(50, 3),
});
const answer = Buffer.concat([encodeMiss(Buffer.alloc(32, 9)), entry, encodeEnd()]);

/** What is told of an answer that comes in pieces of `sizes`, and how it ended. */
async function readIn(bytes: Buffer, sizes: readonly number[]): Promise<string[]> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = sizes[i % sizes.length] as number;
      yield bytes.subarray(at, at + size);
      at += size;
      await Promise.resolve();
    }
  }
  const told: string[] = [];
  try {
    await readLookup(pieces(), {
      onBytes: () => undefined,
      onMiss: (action) => void told.push(`miss ${action}`),
      onMisses: (bits) => void told.push(`misses ${Buffer.from(bits).toString("hex")}`),
      onEntry: (found) => void told.push(`entry ${Buffer.from(found.body).toString("hex")}`),
    });
  } catch (cause) {
    expect(cause).toBeInstanceOf(BallastError);
    told.push((cause as BallastError).code);
  }
  return told;
}

const sizes = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 5 });

test("a whole answer tells each action once, wherever it is split", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (pieces) => {
      const told = await readIn(answer, pieces);
      expect(told).toEqual([`miss ${Buffer.alloc(32, 9).toString("base64")}`, `entry ${"03".repeat(50)}`]);
    }),
  );
});

test("a cut or changed one ends the same way wherever it is split", async () => {
  const damage = fc.tuple(
    fc.nat({ max: answer.length }),
    fc.nat({ max: answer.length - 1 }),
    fc.oneof(fc.constant(0), fc.nat({ max: 255 })),
  );
  await fc.assert(
    fc.asyncProperty(damage, sizes, async ([length, at, flip], pieces) => {
      const bytes = Buffer.from(answer);
      bytes[at] = (bytes[at] as number) ^ flip;
      const cut = bytes.subarray(0, length);
      const whole = await readIn(cut, [Math.max(1, length)]);
      expect(await readIn(cut, pieces)).toEqual(whole);
      if (length < answer.length && flip === 0) expect(whole.at(-1)).toBe("protocol/malformed");
    }),
  );
});
