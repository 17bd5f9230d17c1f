/**
 * What a module index says of its place, read as `cmd/go/internal/modindex/write.go` lays it out: a directory of
 * packages, a record for each, and a table of strings. Positions of imports hold absolute paths, which tell the root.
 */

const versionLine = "go index v2\n";
const headBytes = versionLine.length + 8;
const directoryEntryBytes = 8;

export interface ModuleIndex {
  /** Packages by their folder, relative to the module's root, `""` for the root itself. */
  readonly packages: readonly string[];
  /** The module's root; `undefined` where no file of it imports anything. */
  readonly root: string | undefined;
}

/** Reads a whole index; `undefined` for another version or one that is damaged. */
export function readModuleIndex(body: Uint8Array): ModuleIndex | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (bytes.toString("latin1", 0, versionLine.length) !== versionLine) return undefined;
  try {
    return readPackages(bytes);
  } catch (cause) {
    // Offsets that lead outside: a damaged index, about which nothing is known.
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

function readPackages(bytes: Buffer): ModuleIndex {
  const strings = bytes.subarray(bytes.readUInt32LE(versionLine.length));
  const count = bytes.readUInt32LE(versionLine.length + 4);
  const packages: string[] = [];
  let root: string | undefined;
  for (let i = 0, at = headBytes; i < count; i++, at += directoryEntryBytes) {
    const folder = stringAt(strings, bytes.readUInt32LE(at));
    packages.push(folder);
    root ??= rootFrom(folder, firstImportFile(bytes, strings, bytes.readUInt32LE(at + 4)));
  }
  return { packages, root };
}

/** `/src/m` from the package folder `a/b` and a file of it, `/src/m/a/b/x.go`. */
function rootFrom(folder: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const place = file.slice(0, file.lastIndexOf("/"));
  if (folder === "") return place;
  return place.endsWith(`/${folder}`) ? place.slice(0, -folder.length - 1) : undefined;
}

/** The path of the first file of a package that imports something, as its import's position has it. */
function firstImportFile(bytes: Buffer, strings: Buffer, packageAt: number): string | undefined {
  const files = bytes.readUInt32LE(packageAt + 8);
  for (let i = 0; i < files; i++) {
    // error, parseError, synopsis, name, pkgName, ignoreFile, binaryOnly, cgoDirectives, goBuildConstraint
    const constraintsAt = bytes.readUInt32LE(packageAt + 12 + 4 * i) + 4 * 9;
    const importsAt = constraintsAt + 4 + 4 * bytes.readUInt32LE(constraintsAt);
    // An import is its path and its position, which begins with the file.
    if (bytes.readUInt32LE(importsAt) > 0) return stringAt(strings, bytes.readUInt32LE(importsAt + 8));
  }
  return undefined;
}

/** A string is its length as a varint and its bytes. Throws `RangeError` beyond the table. */
function stringAt(strings: Buffer, offset: number): string {
  let length = 0;
  let at = offset;
  for (let shift = 0; ; shift += 7) {
    const byte = strings.readUInt8(at++);
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (at + length > strings.length) throw new RangeError("a string beyond its table");
  return strings.toString("utf8", at, at + length);
}
