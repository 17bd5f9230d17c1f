import { expect, test } from "bun:test";
import fc from "fast-check";
import { readRecordHead, recordHeadBytes, writeRecordHead } from "./record.ts";

const head = fc.record({
  output: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  sizeBytes: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  storedBytes: fc.integer({ min: 0, max: 0xffffffff }),
  codec: fc.constantFrom(0 as const, 1 as const),
});

test("a head is read back as it was written, and not at all when a bit of it changed", () => {
  fc.assert(
    fc.property(head, fc.nat(recordHeadBytes * 8 - 1), fc.nat(20), (written, bit, offset) => {
      const bytes = Buffer.alloc(offset + recordHeadBytes);
      writeRecordHead(bytes, offset, written);
      const read = readRecordHead(bytes, offset);
      expect({ ...read, output: Array.from(read?.output ?? []) }).toEqual({
        ...written,
        output: Array.from(written.output),
      });
      bytes[offset + (bit >> 3)]! ^= 1 << (bit & 7);
      expect(readRecordHead(bytes, offset)).toBeUndefined();
    }),
  );
});

test("where nothing was written there is no head", () => {
  expect(readRecordHead(Buffer.alloc(100), 0)).toBeUndefined();
  expect(readRecordHead(Buffer.alloc(10), 0)).toBeUndefined();
});
