import { readSync } from "node:fs";

/** `length` bytes from `offset`, in `into` if it is large enough; `undefined` when the file is shorter. */
export function readAt(file: number, offset: number, length: number, into: Buffer | undefined): Buffer | undefined {
  const isRoom = into !== undefined && into.length >= length;
  const bytes = isRoom ? into.subarray(0, length) : Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length;) {
    const count = readSync(file, bytes, done, length - done, offset + done);
    if (count === 0) return undefined;
    done += count;
  }
  return bytes;
}
