import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ZstdDecoder } from "./zstd-decoder.ts";

function decodeAll(decoder: ZstdDecoder, bytes: Uint8Array, limitBytes = 64 * 1024 * 1024): Buffer {
  const pieces: Buffer[] = [];
  decoder.decode(bytes, limitBytes, (piece) => pieces.push(Buffer.from(piece)));
  return Buffer.concat(pieces);
}

describe("the zstd decoder", () => {
  test("gives back what was compressed, one content after another, also behind a failure", () => {
    const decoder = new ZstdDecoder();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 200 }), (content, garbage) => {
        try {
          decodeAll(decoder, garbage);
        } catch (cause) {
          expect(cause).toBeInstanceOf(Error);
        }
        expect(decodeAll(decoder, Bun.zstdCompressSync(content)).equals(content)).toBe(true);
      }),
    );
  });

  for (const sizeBytes of [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 5_000_000]) {
    test(`gives back ${sizeBytes} bytes`, () => {
      const content = Buffer.alloc(sizeBytes, "abcdefg");
      expect(decodeAll(new ZstdDecoder(), Bun.zstdCompressSync(content), sizeBytes).equals(content)).toBe(true);
    });
  }

  test("stops a content that is larger than it says, at once and in bounded memory", () => {
    const bomb = Bun.zstdCompressSync(Buffer.alloc(400_000_000));
    let taken = 0;
    expect(() => new ZstdDecoder().decode(bomb, 1000, (piece) => (taken += piece.length))).toThrow("more than 1000");
    expect(taken).toBe(0);
  });

  test("refuses a content with a flipped bit or bytes behind it", () => {
    const packed = Bun.zstdCompressSync(Buffer.from("hello ".repeat(1000)));
    const flipped = Buffer.from(packed);
    flipped[1] = (flipped[1] as number) ^ 0x40;
    expect(() => decodeAll(new ZstdDecoder(), flipped)).toThrow();
    expect(() => decodeAll(new ZstdDecoder(), Buffer.concat([packed, Buffer.from("garbage")]))).toThrow();
  });

  test("holds no memory of what it decoded", () => {
    const packed = Bun.zstdCompressSync(Buffer.alloc(20_000_000, "the same again "));
    const decoder = new ZstdDecoder();
    decoder.decode(packed, 20_000_000, () => undefined);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 50; i++) decoder.decode(packed, 20_000_000, () => undefined);
    expect(process.memoryUsage().rss - before).toBeLessThan(30_000_000);
  });
});
