import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BallastError } from "../../core/errors.ts";
import { readActionResult, readTree } from "./action-result.ts";

function varint(value: number): Buffer {
  const low: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) low.push((left % 128) + 128);
  return Buffer.from([...low, left]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function bytes(field: number, ...content: readonly (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part as string)));
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
}

interface Blob {
  readonly hash: string;
  readonly sizeBytes: number;
}

function digest(field: number, { hash, sizeBytes }: Blob): Buffer {
  return bytes(field, bytes(1, hash), number(2, sizeBytes));
}

const blobs = fc.record({
  hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((found) => Buffer.from(found).toString("hex")),
  sizeBytes: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
});

function plain(found: readonly { readonly hash: Uint8Array; readonly sizeBytes: number }[]): Blob[] {
  return found.map(({ hash, sizeBytes }) => ({ hash: Buffer.from(hash).toString("hex"), sizeBytes }));
}

describe("an action result", () => {
  test("names its files, its streams and its trees", () => {
    const lists = fc.tuple(fc.array(blobs), fc.array(blobs), fc.option(blobs), fc.option(blobs));
    fc.assert(
      fc.property(lists, ([files, trees, stdout, stderr]) => {
        const message = Buffer.concat([
          ...files.map((file, at) => bytes(2, bytes(1, `out/${at}`), digest(2, file), number(4, 1))),
          ...trees.map((tree) => bytes(3, bytes(1, "dir"), digest(3, tree))),
          number(4, 0),
          bytes(5, "printed"),
          ...(stdout === null ? [] : [digest(6, stdout)]),
          ...(stderr === null ? [] : [digest(8, stderr)]),
          bytes(9, bytes(1, "worker")),
          bytes(12, bytes(1, "link"), bytes(2, "target")),
        ]);
        const needs = readActionResult(message);
        const named = [...files, ...[stdout, stderr].filter((found) => found !== null), ...trees];
        expect(plain(needs.blobs)).toEqual(named);
        expect(plain(needs.trees)).toEqual(trees);
      }),
    );
  });

  test("does not need the blob of a file whose content it carries", () => {
    const file = { hash: "a".repeat(64), sizeBytes: 5 };
    expect(readActionResult(bytes(2, bytes(1, "out"), digest(2, file), bytes(5, "hello"))).blobs).toEqual([]);
    expect(readActionResult(bytes(2, bytes(1, "out"), digest(2, file), bytes(5))).blobs).toHaveLength(1);
  });

  test("is refused with a code when it is anything else, and never in another way", () => {
    const results = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      blobs.map((blob) => bytes(2, digest(2, blob)).subarray(0, -1)),
    );
    fc.assert(
      fc.property(results, (message) => {
        try {
          readActionResult(message);
        } catch (cause) {
          expect((cause as BallastError).code).toBe("bazel/message-malformed");
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["a hash of another kind", digest(6, { hash: "abc", sizeBytes: 1 })],
    ["a digest without a hash", bytes(6, number(2, 5))],
    [
      "a size below zero, as it is written in ten bytes",
      bytes(6, bytes(1, "b".repeat(64)), Buffer.from([16, ...Array<number>(9).fill(255), 1])),
    ],
    ["a number without an end", Buffer.alloc(20, 0xff)],
    ["a field that is longer than the message", Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ["a group", Buffer.from([0x0b])],
    ["a number where a message stands", number(2, 7)],
  ])("with %s is refused", (_what, message) => {
    expect(() => readActionResult(message)).toThrow(BallastError);
  });

  test("that names more than its limit is refused", () => {
    const one = digest(6, { hash: "c".repeat(64), sizeBytes: 1 });
    expect(() => readActionResult(Buffer.concat(Array.from({ length: 200_001 }, () => one)))).toThrow(
      "more than 200000",
    );
  });
});

test("a tree names the files of all its directories", () => {
  fc.assert(
    fc.property(fc.array(blobs), fc.array(fc.array(blobs)), (root, children) => {
      const directory = (files: readonly Blob[]): Buffer[] => [
        ...files.map((file) => bytes(1, bytes(1, "name"), digest(2, file))),
        digest(2, { hash: "d".repeat(64), sizeBytes: 9 }),
      ];
      const message = Buffer.concat([
        bytes(1, ...directory(root)),
        ...children.map((files) => bytes(2, ...directory(files))),
      ]);
      expect(plain(readTree(message))).toEqual([...root, ...children.flat()]);
    }),
  );
});
