/**
 * What a zstd frame says of itself (RFC 8878, section 3.1.1), read before anything is unpacked.
 *
 * Bun unpacks a body of 12 KB in half the time of `node:zlib` (14 µs; 25 µs), but takes no limit: it makes room for what the
 * frames in front of it say they hold. So it gets bytes that are one frame, of which the size is said and is the right one.
 */

const magic = 0xfd2fb528;
const blockType = { raw: 0, repeated: 1, compressed: 2 } as const;
const blockHeadBytes = 3;
const checksumBytes = 4;
/** By the flag in the descriptor. */
const sizeFieldBytes = [0, 2, 4, 8] as const;
const dictionaryFieldBytes = [0, 1, 2, 4] as const;

/** The unpacked size of bytes that are one frame, and nothing behind it; `undefined` for all others. */
export function sizeOfSingleFrame(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 6 || view.getUint32(0, true) !== magic) return undefined;
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >>> 6;
  const dictionaryBytes = dictionaryFieldBytes[(descriptor & 3) as 0] as number;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (sizeFieldBytes[sizeFlag as 0] as number);
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const blocksAt = sizeAt + sizeBytes;
  if (sizeBytes === 0 || dictionaryBytes !== 0 || bytes.length < blocksAt) return undefined;
  const end = endOfBlocks(view, blocksAt);
  const hasChecksum = (descriptor & 4) !== 0;
  if (end === undefined || end + (hasChecksum ? checksumBytes : 0) !== bytes.length) return undefined;
  return readSize(view, sizeAt, sizeBytes);
}

function readSize(view: DataView, at: number, fieldBytes: number): number {
  if (fieldBytes === 1) return view.getUint8(at);
  if (fieldBytes === 2) return view.getUint16(at, true) + 256;
  if (fieldBytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}

function endOfBlocks(view: DataView, first: number): number | undefined {
  for (let at = first; at + blockHeadBytes <= view.byteLength;) {
    const head = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const type = (head >>> 1) & 3;
    if (type > blockType.compressed) return undefined;
    at += blockHeadBytes + (type === blockType.repeated ? 1 : head >>> 3);
    if ((head & 1) !== 0) return at;
  }
  return undefined;
}
