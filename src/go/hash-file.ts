import { closeSync, openSync, readSync } from "node:fs";

const chunkBytes = 1024 * 1024;

/** SHA-256 of a file in hex, in bounded memory; `undefined` when it cannot be read. */
export function hashFile(path: string): string | undefined {
  try {
    const file = openSync(path, "r");
    try {
      return hashOpenFile(file);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined; // gone or unreadable: the caller's miss
  }
}

function hashOpenFile(file: number): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (;;) {
    const length = readSync(file, chunk, 0, chunkBytes, null);
    if (length === 0) return hasher.digest("hex");
    hasher.update(chunk.subarray(0, length));
  }
}
