import { closeSync, openSync, readSync } from "node:fs";

/** The first bytes of a file, fewer where it has no more; `undefined` where it is not there, or not for us to read. */
export function readFileHead(path: string, sizeBytes: number): Buffer | undefined {
  const head = Buffer.alloc(sizeBytes);
  try {
    const file = openSync(path, "r");
    try {
      return head.subarray(0, readSync(file, head, 0, sizeBytes, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined; // what the reason is makes no difference to who asks
  }
}
