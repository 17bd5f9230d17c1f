/** The compiler's archives: `!<arch>`, then members with heads of 60 bytes (`cmd/internal/archive`). */

const magic = "!<arch>\n";
const headBytes = 60;

export interface ArchiveMember {
  readonly name: string;
  /** A view of the archive's own bytes. */
  readonly body: Buffer;
}

/** The members in their order, up to the first that is not whole; none for what is no archive. */
export function* archiveMembers(archive: Uint8Array): Generator<ArchiveMember> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.length);
  if (bytes.toString("latin1", 0, magic.length) !== magic) return;
  for (let at = magic.length; at + headBytes <= bytes.length;) {
    const name = bytes.toString("latin1", at, at + 16).trimEnd();
    const sizeBytes = Number(bytes.toString("latin1", at + 48, at + 58));
    const start = at + headBytes;
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || start + sizeBytes > bytes.length) return;
    yield { name, body: bytes.subarray(start, start + sizeBytes) };
    at = start + sizeBytes + (sizeBytes & 1);
  }
}
