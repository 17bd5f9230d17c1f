/** A file's bytes, mapped rather than read: only the pages that are looked at are touched. None where it is gone. */
export function mapped(path: string): Buffer {
  try {
    const bytes = Bun.mmap(path);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch {
    return Buffer.alloc(0);
  }
}
