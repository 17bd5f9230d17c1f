/**
 * What a Go object file says of its package, read as `cmd/internal/goobj/objfile.go` lays it out: a text header, a
 * line `!`, then blocks at offsets. The layout is the same in Go 1.20 to 1.27 (`go120ld`).
 *
 * The package's path is in the name of the symbol `go:cuinfo.packagename.PATH`, which the compiler writes for the
 * linker (`dwarfgen.RecordPackageName`), without the escapes of other symbol names. It is there with `-dwarf=false` too.
 */

import { archiveMembers } from "./archive.ts";

export interface PackageObject {
  /** What the compiler was told by `-p`: the import path, or `main`. */
  readonly path: string | undefined;
  /** `go1.26.8`, as the header says it; a development version is more than one word. */
  readonly goVersion: string;
  readonly os: string;
  readonly arch: string;
  /** Source files by the paths that the line tables have: its own, and those of what was inlined. */
  readonly files: readonly string[];
  /** Import paths of the packages that its source names. */
  readonly imports: readonly string[];
}

const magic = "\0go120ld";
const block = { autolib: 0, pkgIndex: 1, file: 2, symbolDef: 3, nonPkgRef: 7 } as const;
const offsetsAt = 8 + 8 + 4;
const stringRefBytes = 8;
const autolibBytes = stringRefBytes + 8;
const symbolBytes = 21;
const nameMark = "go:cuinfo.packagename.";

/** Reads a whole archive; `undefined` for what is none, or of a layout that is not known. */
export function readPackageArchive(archive: Uint8Array): PackageObject | undefined {
  for (const { name, body } of archiveMembers(archive)) {
    if (name === "_go_.o") return readObject(body);
  }
  return undefined;
}

/** The header alone, which is at an archive's start: `go object linux amd64 go1.26.8 X:…`. */
export function readObjectHeader(bytes: Uint8Array): Pick<PackageObject, "os" | "arch" | "goVersion"> | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const line = /go object (\S+) (\S+) (\S+)/.exec(view.toString("latin1", 0, Math.min(512, bytes.length)));
  if (line === null) return undefined;
  return { os: line[1] as string, arch: line[2] as string, goVersion: line[3] as string };
}

function readObject(member: Buffer): PackageObject | undefined {
  const header = readObjectHeader(member);
  const start = member.indexOf(`\n!\n${magic}`, 0, "latin1");
  if (header === undefined || start === -1) return undefined;
  const object = member.subarray(start + 3);
  try {
    return {
      ...header,
      path: packagePath(object),
      files: readStrings(object, block.file, stringRefBytes),
      imports: readStrings(object, block.autolib, autolibBytes),
    };
  } catch (cause) {
    // Offsets that lead outside: a damaged object, about which nothing is known.
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

/** The strings of a block whose elements are `elementBytes` wide and begin with one. */
function readStrings(object: Buffer, index: number, elementBytes: number): string[] {
  const strings: string[] = [];
  for (let at = offsetOf(object, index); at + elementBytes <= offsetOf(object, index + 1); at += elementBytes) {
    strings.push(stringAt(object, at).toString("utf8"));
  }
  return strings;
}

function packagePath(object: Buffer): string | undefined {
  const end = offsetOf(object, block.nonPkgRef);
  for (let at = offsetOf(object, block.symbolDef); at + symbolBytes <= end; at += symbolBytes) {
    const name = stringAt(object, at);
    if (name.length > nameMark.length && name.toString("latin1", 0, nameMark.length) === nameMark) {
      return name.toString("utf8", nameMark.length);
    }
  }
  return undefined;
}

function offsetOf(object: Buffer, index: number): number {
  return object.readUInt32LE(offsetsAt + 4 * index);
}

/** A string is a length and an offset; its bytes. */
function stringAt(object: Buffer, at: number): Buffer {
  const length = object.readUInt32LE(at);
  const offset = object.readUInt32LE(at + 4);
  return object.subarray(offset, offset + length);
}
