import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BallastError } from "../../core/errors.ts";
import { codec, type WireEntry } from "./entry.ts";
import {
  createFrameReader,
  decodeEntry,
  encodeEnd,
  encodeEntry,
  encodeFrame,
  encodeMiss,
  entryHeadBytes,
  type Frame,
  frameHeadBytes,
  frameType,
} from "./frame.ts";
import { limits } from "./limits.ts";

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const wireEntries: fc.Arbitrary<WireEntry> = fc.record({
  action: id,
  output: id,
  sizeBytes: fc.integer({ min: 0, max: limits.bodySizeBytes }),
  timeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  costMs: fc.integer({ min: 0, max: 0xffffffff }),
  kind: fc.integer({ min: 0, max: 255 }),
  partition: fc.constantFrom(0, 1),
  codec: fc.constantFrom(codec.identity, codec.zstd, codec.absent),
  body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});
const sequences = fc
  .array(
    fc.oneof(
      wireEntries.map(encodeEntry),
      id.map(encodeMiss),
      fc.constant(encodeEnd()),
      fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 })).map((args) => encodeFrame(...args)),
    ),
    { maxLength: 8 },
  )
  .map((frames) => Buffer.concat(frames));
const cuts = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 8 });

/** What a reader makes of bytes that come in pieces of `sizes`: its frames, and how it ended. */
function readIn(bytes: Uint8Array, sizes: readonly number[]): { frames: string[]; end: string } {
  const frames: string[] = [];
  const reader = createFrameReader();
  const take = ({ type, payload }: Frame): number => frames.push(`${type} ${Buffer.from(payload).toString("hex")}`);
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = sizes[i % sizes.length] as number;
      reader.feed(bytes.slice(at, at + size), take);
      at += size;
    }
  } catch (cause) {
    if (!(cause instanceof BallastError)) throw cause;
    return { frames, end: cause.code };
  }
  return { frames, end: reader.atEdge ? "edge" : "inside" };
}

describe("frames", () => {
  test("an entry is read as it was written", () => {
    fc.assert(
      fc.property(wireEntries, (entry) => {
        const decoded = decodeEntry(encodeEntry(entry).subarray(frameHeadBytes));
        const [action, output, body] = [decoded.action, decoded.output, decoded.body].map((view) => Buffer.from(view));
        expect({ ...decoded, action, output, body } as WireEntry).toEqual(entry);
      }),
    );
  });

  test("wherever they are split, the same frames come out", () => {
    fc.assert(
      fc.property(sequences, cuts, (bytes, sizes) => {
        const whole = readIn(bytes, [Math.max(1, bytes.length)]);
        expect(whole.end).toBe("edge");
        expect(readIn(bytes, sizes)).toEqual(whole);
      }),
    );
  });

  test("with bytes changed, too, and the only failure is a malformed message", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sequences, changes, cuts, (original, flips, sizes) => {
        const bytes = Buffer.from(original);
        for (const [at, flip] of flips) {
          if (bytes.length > 0) bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ flip;
        }
        const whole = readIn(bytes, [Math.max(1, bytes.length)]);
        expect(readIn(bytes, sizes)).toEqual(whole);
        expect(["edge", "inside", "protocol/malformed"]).toContain(whole.end);
      }),
    );
  });

  test("any bytes at all are an entry or malformed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
        try {
          const entry = decodeEntry(payload);
          expect(entry.body.length).toBe(payload.length - entryHeadBytes);
          expect(entry.sizeBytes).toBeLessThanOrEqual(limits.bodySizeBytes);
        } catch (cause) {
          expect(cause).toBeInstanceOf(BallastError);
          expect((cause as BallastError).code).toBe("protocol/malformed");
        }
      }),
    );
  });
});

describe("limits", () => {
  function head(length: number): Buffer {
    const bytes = Buffer.alloc(frameHeadBytes);
    bytes[0] = frameType.entry;
    bytes.writeUInt32LE(length, 1);
    return bytes;
  }

  test("a frame beyond the limit is refused by its head alone", () => {
    for (const length of [limits.framePayloadBytes + 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
      expect(() => createFrameReader().feed(head(length), () => undefined)).toThrow(BallastError);
    }
    expect(() => createFrameReader().feed(head(limits.framePayloadBytes), () => undefined)).not.toThrow();
  });

  test("a body beyond the limit is refused by its size alone", () => {
    const frame = encodeEntry({
      action: Buffer.alloc(32),
      output: Buffer.alloc(32),
      sizeBytes: 0,
      timeNs: 0n,
      costMs: 0,
      kind: 0,
      partition: 0,
      codec: codec.identity,
      body: Buffer.alloc(0),
    });
    for (const size of [BigInt(limits.bodySizeBytes) + 1n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
      frame.writeBigUInt64LE(size, frameHeadBytes + 64);
      expect(() => decodeEntry(frame.subarray(frameHeadBytes))).toThrow(BallastError);
    }
  });

  test("a frame that comes byte by byte is joined once, not once a byte", () => {
    const bytes = encodeFrame(frameType.entry, Buffer.alloc(1024 * 1024));
    const reader = createFrameReader();
    let frames = 0;
    const startMs = performance.now();
    for (let at = 0; at < bytes.length; at++) reader.feed(bytes.subarray(at, at + 1), () => frames++);
    expect(frames).toBe(1);
    // Joining at each byte would copy 500 GB.
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });
});
