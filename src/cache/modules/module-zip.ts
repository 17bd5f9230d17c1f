/** A module's zip file: its names and the hashes of their contents, read from the disk within limits. */

import { openSync, closeSync, fstatSync, readSync } from "node:fs";
import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";
import { dirHash, type HashedFile } from "./dir-hash.ts";
import { modulesErrors } from "./errors.ts";

/** The go command's own limit, for the file and for all that is in it. */
export const moduleZipBytesMax = 500 * 1024 * 1024;
const filesMax = 65_534;
const endBytes = 22;
const commentBytesMax = 65_535;

const inflate = promisify(inflateRaw);

/** The file's `h1:` hash. All names must lie below `MODULE@VERSION/`. Rejects with `modules/zip-malformed`. */
export async function hashModuleZip(path: string, module: string, version: string): Promise<string> {
  const file = openSync(path, "r");
  try {
    const hashed: HashedFile[] = [];
    let leftBytes = moduleZipBytesMax;
    for (const entry of readDirectory(file)) {
      if (!entry.name.startsWith(`${module}@${version}/`)) throw malformed(`a name outside of ${module}@${version}`);
      leftBytes -= entry.sizeBytes;
      if (leftBytes < 0) throw malformed("more than 500 MB unpacked");
      const content = await readContent(file, entry);
      hashed.push({ name: entry.name, sha256: new Bun.CryptoHasher("sha256").update(content).digest("hex") });
    }
    return dirHash(hashed);
  } finally {
    closeSync(file);
  }
}

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly headOffset: number;
}

function readDirectory(file: number): ZipEntry[] {
  const fileBytes = fstatSync(file).size;
  const tail = readAt(file, Math.max(0, fileBytes - endBytes - commentBytesMax), fileBytes);
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (at === -1 || at + endBytes > tail.length) throw malformed("no directory");
  const count = tail.readUInt16LE(at + 10);
  const [bytes, offset] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  if (count > filesMax || offset + bytes > fileBytes) throw malformed("a directory that is too large for a module");
  const directory = readAt(file, offset, offset + bytes);
  const entries: ZipEntry[] = [];
  for (let next = 0; next < directory.length;) {
    const { entry, end } = readEntry(directory, next);
    entries.push(entry);
    next = end;
  }
  if (entries.length !== count) throw malformed(`${entries.length} names where ${count} were announced`);
  if (new Set(entries.map(({ name }) => name)).size !== count) throw malformed("a name that is there twice");
  return entries;
}

function readEntry(directory: Buffer, at: number): { readonly entry: ZipEntry; readonly end: number } {
  if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw malformed("a directory cut off");
  const nameBytes = directory.readUInt16LE(at + 28);
  const end = at + 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  if (end > directory.length) throw malformed("a directory cut off");
  const name = directory.toString("utf8", at + 46, at + 46 + nameBytes);
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\\]/.test(name) || name.endsWith("/")) throw malformed("a name that no module has");
  const entry = {
    name,
    method: directory.readUInt16LE(at + 10),
    packedBytes: directory.readUInt32LE(at + 20),
    sizeBytes: directory.readUInt32LE(at + 24),
    headOffset: directory.readUInt32LE(at + 42),
  };
  return { entry, end };
}

async function readContent(file: number, entry: ZipEntry): Promise<Uint8Array> {
  const head = readAt(file, entry.headOffset, entry.headOffset + 30);
  if (head.readUInt32LE(0) !== 0x04034b50) throw malformed("a file that is not where the directory says");
  const from = entry.headOffset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const packed = readAt(file, from, from + entry.packedBytes);
  const content = entry.method === 0 ? packed : await unpack(packed, entry);
  if (content.length !== entry.sizeBytes) throw malformed(`${entry.name} has another size than announced`);
  return content;
}

async function unpack(packed: Buffer, { name, method, sizeBytes }: ZipEntry): Promise<Uint8Array> {
  if (method !== 8) throw malformed(`${name} is packed by method ${method}`);
  try {
    return await inflate(packed, { maxOutputLength: Math.max(1, sizeBytes) });
  } catch (cause) {
    throw modulesErrors.error("modules/zip-malformed", `${name} does not unpack`, { cause });
  }
}

function readAt(file: number, from: number, to: number): Buffer {
  const fileBytes = fstatSync(file).size;
  if (to > fileBytes) throw malformed("it ends early");
  const bytes = Buffer.allocUnsafe(to - from);
  for (let done = 0; done < bytes.length;) {
    const count = readSync(file, bytes, done, bytes.length - done, from + done);
    if (count === 0) throw malformed("it ends early");
    done += count;
  }
  return bytes;
}

function malformed(found: string): Error {
  return modulesErrors.error("modules/zip-malformed", found);
}
