import { readFileSync } from "node:fs";
import { readFileHead } from "../core/file-head.ts";
import { isElf } from "./body-kind.ts";

/** Up to this size a read is cheaper than a mapping. */
const readBytesMax = 1024 * 1024;

/**
 * A body's bytes; `undefined` where it is gone. A large one is mapped, so that only the pages that are looked at are
 * read. A program never is: `Bun.mmap` opens for writing, whatever it is told, and as long as a mapping lives the
 * kernel starts no such program (`ETXTBSY`), so that `go build -o app . && ./app` would fail.
 */
export function readBody(path: string, sizeBytes: number): Buffer | undefined {
  try {
    return isToBeMapped(path, sizeBytes) ? mapBody(path) : readFileSync(path);
  } catch {
    return undefined; // trimmed a moment ago
  }
}

function isToBeMapped(path: string, sizeBytes: number): boolean {
  if (sizeBytes <= readBytesMax) return false;
  const head = readFileHead(path, 4);
  return head !== undefined && !isElf(head);
}

/** What may not be written, in a folder that is mounted read-only say, can only be read. */
function mapBody(path: string): Buffer {
  try {
    const bytes = Bun.mmap(path, { shared: false });
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch {
    return readFileSync(path);
  }
}
