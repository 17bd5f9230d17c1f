/** Cuts into an answer made of frames, as its bytes lie on the wire (`docs/reference/protocol.md`). */

import { frameHeadBytes } from "../../src/cache/protocol/frame.ts";

interface FrameSpan {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

function spans(bytes: Buffer): FrameSpan[] {
  const found: FrameSpan[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = start + frameHeadBytes + bytes.readUInt32LE(start + 1);
    found.push({ type: bytes[start] as number, start, end });
    start = end;
  }
  return found;
}

/** The middle one of the frames of `type` whose payload has more than `offset` bytes. */
function middle(bytes: Buffer, type: number, offset = -1): FrameSpan {
  const isMeant = ({ type: its, start, end }: FrameSpan): boolean =>
    its === type && end - start - frameHeadBytes > offset;
  const all = spans(bytes).filter(isMeant);
  const found = all[all.length >> 1];
  if (found === undefined) throw new Error(`no such frame of type ${type} in ${bytes.length} bytes`);
  return found;
}

/** Flips one bit of a frame of `type`, `offset` bytes into its payload; negative from the frame's start. */
export function flipBit(type: number, offset: number): (bytes: Buffer) => Buffer {
  return (bytes) => {
    const { start } = middle(bytes, type, offset);
    const at = offset < 0 ? start - offset : start + frameHeadBytes + offset;
    bytes[at] = (bytes[at] as number) ^ 0x10;
    return bytes;
  };
}

/** Ends the answer between two frames, in the middle of those of `type`. */
export function endAt(type: number): (bytes: Buffer) => Buffer {
  return (bytes) => bytes.subarray(0, middle(bytes, type).end);
}

/** Replaces the middle frame of `type` by `frame`. */
export function replaceFrame(type: number, frame: Buffer): (bytes: Buffer) => Buffer {
  return (bytes) => {
    const { start, end } = middle(bytes, type);
    return Buffer.concat([bytes.subarray(0, start), frame, bytes.subarray(end)]);
  };
}
