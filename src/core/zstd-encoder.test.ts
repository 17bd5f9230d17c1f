import { expect, test } from "bun:test";
import fc from "fast-check";
import { ZstdEncoder } from "./zstd-encoder.ts";

const encoder = new ZstdEncoder(1);

test("what it writes is what zstd reads, one frame after the other in the same memory", () => {
  const output = Buffer.alloc(300_000);
  const bodies = fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 500 }));
  fc.assert(
    fc.property(bodies, fc.nat({ max: 50 }), ([piece, times], to) => {
      const body = Buffer.concat(Array.from({ length: times }, () => piece));
      const length = encoder.encode(body, output, to, output.length - to) as number;
      expect(Bun.zstdDecompressSync(output.subarray(to, to + length)).equals(body)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("what does not get small enough is not written, and the next one is", () => {
  const output = Buffer.alloc(100_000);
  const random = crypto.getRandomValues(new Uint8Array(50_000));
  expect(encoder.encode(random, output, 0, random.length)).toBeUndefined();
  const length = encoder.encode(Buffer.alloc(50_000), output, 0, 1000) as number;
  expect(Bun.zstdDecompressSync(output.subarray(0, length))).toHaveLength(50_000);
});

test("a frame says how large its content is, so that a reader can unpack it in one step", () => {
  const output = Buffer.alloc(1000);
  const length = encoder.encode(Buffer.alloc(70_000, "a"), output, 0, output.length) as number;
  // RFC 8878, 3.1.1.1: the two highest bits of the descriptor give the width of the content's size, 5 is its single segment bit.
  expect(length).toBeGreaterThan(5);
  expect((output[4] as number) & 0b1110_0000).not.toBe(0);
});

test("keeps its level from frame to frame, also after one that found no room", () => {
  const text = Buffer.from(Array.from({ length: 20_000 }, (_, at) => `${at * 7919} `).join(""));
  const output = Buffer.alloc(text.length * 2);
  const [fast, small] = [new ZstdEncoder(1), new ZstdEncoder(9)];
  const lengths = (): unknown[] => [fast, small].map((one) => one.encode(text, output, 0, output.length));
  const first = lengths();
  expect(first).toEqual([1, 9].map((level) => Bun.zstdCompressSync(text, { level }).length));
  expect(lengths()).toEqual(first);
  expect(fast.encode(text, output, 0, 10)).toBeUndefined();
  expect(small.encode(text, output, 0, 10)).toBeUndefined();
  expect(lengths()).toEqual(first);
});
