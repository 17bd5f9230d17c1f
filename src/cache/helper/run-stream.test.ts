import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BallastError } from "../../core/errors.ts";
import { createAbsenceSet } from "../protocol/absence.ts";
import { codec, type WireEntry } from "../protocol/entry.ts";
import { encodeEnd, encodeEntry, encodeFrame, frameType } from "../protocol/frame.ts";
import { encodeAnnouncements } from "../protocol/run.ts";
import { RunStream } from "./run-stream.ts";

const reply = { verdict: "use", entries: 2, manifest: "m" } as const;

function entryOf(fill: number, bodyBytes: number): WireEntry {
  return {
    action: Buffer.alloc(32, fill),
    output: Buffer.alloc(32, fill + 1),
    sizeBytes: bodyBytes,
    timeNs: 5n,
    costMs: 7,
    kind: 1,
    partition: 0,
    codec: codec.identity,
    body: Buffer.alloc(bodyBytes, fill),
  };
}

function streamOf(entries: readonly WireEntry[], end: readonly Buffer[] = [encodeEnd()]): Buffer {
  const announced = entries.map((entry) => ({ action: entry.action, costMs: 1, wireBytes: 93 + entry.body.length }));
  return Buffer.concat([
    encodeFrame(frameType.run, Buffer.from(JSON.stringify(reply))),
    encodeFrame(frameType.absence, createAbsenceSet(4).bytes),
    encodeFrame(frameType.announce, encodeAnnouncements(announced)),
    ...entries.map(encodeEntry),
    ...end,
  ]);
}

interface Read {
  readonly opened: number;
  readonly announced: number;
  /** All pieces end to end. */
  readonly frames: string;
  readonly failure: string | undefined;
}

/** What the stream hands on, and how it ends; anything thrown must be an Error, and the reader's own only Ballast's. */
function readIn(bytes: Uint8Array, sizes: readonly number[]): Read {
  const pieces: Buffer[] = [];
  let [opened, announced] = [0, 0];
  const stream = new RunStream({
    onOpen: (_reply, _absence, items) => void (opened++, (announced = items.length)),
    memory: (sizeBytes) => new ArrayBuffer(Math.max(sizeBytes, 100)),
    onPiece: (piece, lengthBytes) => void pieces.push(Buffer.from(piece.slice(0, lengthBytes))),
  });
  let failure: string | undefined;
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = sizes[i % sizes.length] as number;
      stream.feed(bytes.slice(at, at + size));
      at += size;
    }
    stream.end();
  } catch (cause) {
    expect(cause).toBeInstanceOf(Error);
    failure = cause instanceof BallastError ? cause.code : "other";
  }
  return { opened, announced, frames: Buffer.concat(pieces).toString("hex"), failure };
}

const entries = fc.array(
  fc.tuple(fc.nat({ max: 250 }), fc.oneof(fc.nat({ max: 400 }), fc.constant(70_000))).map((args) => entryOf(...args)),
  { maxLength: 6 },
);
const cuts = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 6 });

describe("a run's stream", () => {
  test("hands on its entries' frames as they came, wherever it is split", () => {
    fc.assert(
      fc.property(entries, cuts, (sent, sizes) => {
        const frames = Buffer.concat(sent.map(encodeEntry)).toString("hex");
        const bytes = streamOf(sent);
        const whole = { opened: 1, announced: sent.length, frames, failure: undefined };
        expect(readIn(bytes, [bytes.length])).toEqual(whole);
        expect(readIn(bytes, sizes)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test("that ends early hands on what came whole, and says that it was cut off", () => {
    const sent = [entryOf(1, 300), entryOf(3, 300)];
    const bytes = streamOf(sent);
    const first = encodeEntry(sent[0] as WireEntry).toString("hex");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), cuts, (length, sizes) => {
        const read = readIn(bytes.subarray(0, length), sizes);
        expect(read.failure).toBe("protocol/malformed");
        expect(Buffer.concat(sent.map(encodeEntry)).toString("hex")).toStartWith(read.frames);
        expect(["", first].includes(read.frames) || read.frames.length > first.length).toBe(true);
      }),
    );
  });

  test("with bytes changed fails the same way however it is split, and opens at most once", () => {
    const bytes = streamOf([entryOf(1, 300), entryOf(3, 300)]);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), cuts, (at, flip, sizes) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ flip;
        const whole = readIn(changed, [1]);
        const split = readIn(changed, sizes);
        expect(split.failure).toBe(whole.failure as string);
        expect([0, 1]).toContain(split.opened);
      }),
    );
  });

  const end = [encodeEnd()];
  const json = (text: string): Buffer => encodeFrame(frameType.run, Buffer.from(text));
  const announce = encodeFrame(frameType.announce, Buffer.alloc(0));
  /** What was once thought of as a way to break it. */
  const corpus: readonly [string, Buffer[]][] = [
    ["nothing", []],
    ["an end alone that opens nothing", [announce, ...end]],
    ["a reply that is null", [json("null"), announce, ...end]],
    ["a reply that is no JSON", [json("{"), announce, ...end]],
    ["brackets without end", [json("[".repeat(200_000)), announce, ...end]],
    ["a manifest that will not be text", [json('{"manifest":{"toString":1,"valueOf":1}}'), announce, ...end]],
    ["an absence set that is none", [json("{}"), encodeFrame(frameType.absence, Buffer.alloc(7)), announce, ...end]],
    ["two announcements, each of which would start threads", [json("{}"), announce, announce, ...end]],
  ];
  for (const [what, frames] of corpus) {
    test(`${what}: a failure and no more`, () => {
      expect(readIn(Buffer.concat(frames), [7]).failure).toBeString();
    });
  }
});
