import { readFileSync } from "node:fs";

/** Up to this size a read is cheaper than a mapping. */
const readBytesMax = 1024 * 1024;

/** A body's bytes: a large one is mapped, so that only the pages that are looked at are read. `undefined`: it is gone. */
export function readBody(path: string, sizeBytes: number): Buffer | undefined {
  try {
    if (sizeBytes <= readBytesMax) return readFileSync(path);
    const bytes = Bun.mmap(path, { shared: false });
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch {
    return undefined; // trimmed a moment ago
  }
}
