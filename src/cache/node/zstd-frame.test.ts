import { expect, test } from "bun:test";
import { createZstdCompress, constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { codec } from "../protocol/entry.ts";
import { decodeBody } from "./encoded-body.ts";
import { sizeOfSingleFrame } from "./zstd-frame.ts";

const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 31);

/** Some that repeat, some that do not, of all lengths that a size field can have. */
const body = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(1, 3, 100, 1500))
  .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => bytes)));

test("the size of one frame is read, with and without a checksum, at all levels", () => {
  fc.assert(
    fc.property(body, fc.constantFrom(1, 3, 19), fc.boolean(), (raw, level, hasChecksum) => {
      const params = {
        [constants.ZSTD_c_compressionLevel]: level,
        [constants.ZSTD_c_checksumFlag]: Number(hasChecksum),
      };
      const packed = zstdCompressSync(raw, { params });
      expect([undefined, raw.length]).toContain(sizeOfSingleFrame(packed));
      expect(sizeOfSingleFrame(Bun.zstdCompressSync(raw, { level }))).toBe(raw.length);
      expect(Buffer.from(decodeBody(packed, codec.zstd, raw.length)).equals(raw)).toBe(true);
    }),
    { seed, numRuns: 100 },
  );
});

test("two frames, something behind a frame, half a frame, a skippable one: none of these is one", () => {
  const packed = Bun.zstdCompressSync(Buffer.alloc(5000, "ab"));
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7]);
  const others = [
    Buffer.concat([packed, packed]),
    Buffer.concat([packed, Buffer.from([0])]),
    packed.subarray(0, packed.length - 1),
    Buffer.concat([skippable, packed]),
    Buffer.from("no frame at all"),
    new Uint8Array(0),
  ];
  for (const bytes of others) expect(sizeOfSingleFrame(bytes)).toBeUndefined();
});

test("a frame that holds more than it says, or was changed anywhere, never gives more than was announced", () => {
  const raw = Buffer.alloc(12_288, "the same words again and again ");
  const packed = Buffer.from(Bun.zstdCompressSync(raw));
  fc.assert(
    fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(packed);
      changed[at] = (changed[at] as number) ^ change;
      const said = sizeOfSingleFrame(changed) ?? raw.length;
      for (const sizeBytes of new Set([raw.length, Math.min(said, 100_000)])) {
        try {
          expect(decodeBody(changed, codec.zstd, sizeBytes)).toHaveLength(sizeBytes);
        } catch (cause) {
          expect(cause).toMatchObject({ code: "protocol/body-mismatch" });
        }
      }
    }),
    { seed, numRuns: 500 },
  );
});

test("a stream without a size in front is unpacked as before", async () => {
  const packer = createZstdCompress();
  packer.end(Buffer.alloc(5000, "xyz"));
  const chunks: Uint8Array[] = [];
  for await (const chunk of packer as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const packed = Buffer.concat(chunks);
  expect(decodeBody(packed, codec.zstd, 5000)).toHaveLength(5000);
  expect(() => decodeBody(packed, codec.zstd, 4999)).toThrow();
});
