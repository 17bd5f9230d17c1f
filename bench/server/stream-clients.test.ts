import { expect, test } from "bun:test";
import { FrameCounter } from "./stream-clients.ts";

function frame(type: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeUInt32LE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** A reply, two announcements, an entry, a miss, the end. */
const stream = Buffer.concat([
  frame(5, Buffer.from("{}")),
  frame(7, Buffer.alloc(80)),
  frame(1, Buffer.alloc(5000, 4)),
  frame(2, Buffer.alloc(32, 1)),
  frame(4, Buffer.alloc(0)),
]);

test("frames are counted however the bytes are cut, and payloads are not taken for heads", () => {
  for (const pieceBytes of [1, 4, 5, 6, 999, stream.length]) {
    const counter = new FrameCounter();
    for (let at = 0; at < stream.length; at += pieceBytes) counter.feed(stream.subarray(at, at + pieceBytes));
    expect(counter.seen()).toEqual({ bytes: stream.length, announced: 2, entries: 1, misses: 1, isEnded: true });
  }
});

test("a stream that was cut off is not whole", () => {
  const counter = new FrameCounter();
  counter.feed(stream.subarray(0, stream.length - 5));
  expect(counter.seen().isEnded).toBe(false);
});
