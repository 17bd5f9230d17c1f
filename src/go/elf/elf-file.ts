/**
 * A reader of 64-bit ELF files, as the System V ABI (chapter 4) lays them out: sections with their contents unpacked,
 * and symbols. Whatever the file says of places and sizes is checked before it is believed.
 */

import { inflateSync, zstdDecompressSync } from "node:zlib";
import { elfErrors } from "./errors.ts";

export interface ElfSection {
  readonly name: string;
  /** `SHT_…`: 1 program data, 2 symbols, 3 strings, 7 notes, 8 no bytes in the file. */
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly link: number;
  readonly align: number;
}

export interface ElfFile {
  readonly bytes: Buffer;
  readonly isLittleEndian: boolean;
  readonly machine: number;
  readonly sections: readonly ElfSection[];
}

const headerBytes = 64;
const sectionHeaderBytes = 64;
const noBytesType = 8;
const compressedFlag = 0x800;
/** Go's largest programs have a few hundred MB of debug data. */
const mostUnpackedBytes = 1_000_000_000;

/** `undefined` for what is no 64-bit ELF file at all. Throws `go/elf-malformed`. */
export function readElf(data: Uint8Array): ElfFile | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  const isElf64 = bytes.length >= headerBytes && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2;
  if (!isElf64 || (bytes[5] !== 1 && bytes[5] !== 2)) return undefined;
  const isLittleEndian = bytes[5] === 1;
  const view = reader(bytes, isLittleEndian);
  const file = { bytes, isLittleEndian, machine: view.u16(18) };
  const [tableAt, entryBytes, count, namesIndex] = [view.u64(40), view.u16(58), view.u16(60), view.u16(62)];
  if (count === 0) return { ...file, sections: [] };
  requireInside(entryBytes >= sectionHeaderBytes, "section headers are too short");
  requireInside(tableAt + count * entryBytes <= bytes.length, "the section table lies outside of the file");
  const raw = Array.from({ length: count }, (_none, index) => readHeader(view, tableAt + index * entryBytes));
  const names = raw[namesIndex];
  requireInside(names !== undefined, "there is no section of names");
  const table = rawBytes(bytes, names as RawSection);
  const sections = raw.map(({ nameAt, ...section }) => ({ ...section, name: textAt(table, nameAt) }));
  return { ...file, sections };
}

type RawSection = Omit<ElfSection, "name"> & { readonly nameAt: number };

function readHeader(view: Reader, at: number): RawSection {
  return {
    nameAt: view.u32(at),
    type: view.u32(at + 4),
    flags: view.u64(at + 8),
    address: view.u64(at + 16),
    offset: view.u64(at + 24),
    sizeBytes: view.u64(at + 32),
    link: view.u32(at + 40),
    align: view.u64(at + 48),
  };
}

/** The section of that name, if there is one. */
export function findSection(file: ElfFile, name: string): ElfSection | undefined {
  return file.sections.find((section) => section.name === name);
}

/** What a section holds, unpacked; empty where it has no bytes in the file (`.bss`). Throws `go/elf-malformed`. */
export function sectionBytes(file: ElfFile, section: ElfSection): Buffer {
  const raw = rawBytes(file.bytes, section);
  if (section.type === noBytesType || (section.flags & compressedFlag) === 0) return oldStyleUnpacked(section, raw);
  const view = reader(raw, file.isLittleEndian);
  requireInside(raw.length >= 24, `${section.name} has no compression header`);
  return unpack(section.name, view.u32(0), view.u64(8), raw.subarray(24));
}

/** Before Go 1.19: `.zdebug_…` with `ZLIB` and the size in front. */
function oldStyleUnpacked({ name }: ElfSection, raw: Buffer): Buffer {
  if (!name.startsWith(".zdebug_") || raw.toString("latin1", 0, 4) !== "ZLIB") return raw;
  requireInside(raw.length >= 12, `${name} has no size`);
  return unpack(name, 1, Number(raw.readBigUInt64BE(4)), raw.subarray(12));
}

function unpack(name: string, kind: number, sizeBytes: number, packed: Buffer): Buffer {
  requireInside(sizeBytes <= mostUnpackedBytes, `${name} unpacks to ${sizeBytes} bytes`);
  let unpacked: Buffer;
  try {
    // One byte more than it says shows a size that is wrong, and an endless stream ends there.
    const limit = { maxOutputLength: sizeBytes + 1 };
    unpacked = kind === 2 ? zstdDecompressSync(packed, limit) : inflateSync(packed, limit);
  } catch (cause) {
    throw elfErrors.error("go/elf-malformed", `${name}: ${(cause as Error).message}`, { cause });
  }
  requireInside(unpacked.length === sizeBytes, `${name} unpacks to another size than it says`);
  return unpacked;
}

function rawBytes(bytes: Buffer, { type, offset, sizeBytes }: Omit<ElfSection, "name">): Buffer {
  if (type === noBytesType) return bytes.subarray(0, 0);
  requireInside(offset + sizeBytes <= bytes.length, "a section lies outside of the file");
  return bytes.subarray(offset, offset + sizeBytes);
}

export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly sizeBytes: number;
  /** 1 data, 2 function. */
  readonly type: number;
  /** The number of its section. */
  readonly section: number;
}

const symbolBytes = 24;

/** The symbols of `.symtab`; none where it was stripped. Throws `go/elf-malformed`. */
export function readSymbols(file: ElfFile): readonly ElfSymbol[] {
  const table = file.sections.find(({ type }) => type === 2);
  const names = table === undefined ? undefined : file.sections[table.link];
  if (table === undefined || names === undefined) return [];
  const bytes = sectionBytes(file, table);
  const texts = sectionBytes(file, names);
  const view = reader(bytes, file.isLittleEndian);
  return Array.from({ length: Math.floor(bytes.length / symbolBytes) }, (_none, index) => {
    const at = index * symbolBytes;
    return {
      name: textAt(texts, view.u32(at)),
      type: (bytes[at + 4] ?? 0) & 0xf,
      section: view.u16(at + 6),
      address: view.u64(at + 8),
      sizeBytes: view.u64(at + 16),
    };
  });
}

/** The bytes of a symbol's section from its address on; `undefined` for one without a place in the file. */
export function symbolContent(file: ElfFile, symbol: ElfSymbol): Buffer | undefined {
  const section = file.sections[symbol.section];
  if (section === undefined || section.type === noBytesType) return undefined;
  const from = symbol.address - section.address;
  if (from < 0 || from + symbol.sizeBytes > section.sizeBytes) return undefined;
  return rawBytes(file.bytes, section).subarray(from, from + symbol.sizeBytes);
}

interface Reader {
  u16(at: number): number;
  u32(at: number): number;
  /** As a number: what a double cannot hold exactly lies outside of every file. */
  u64(at: number): number;
}

function reader(bytes: Buffer, isLittleEndian: boolean): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    u16: (at) => view.getUint16(at, isLittleEndian),
    u32: (at) => view.getUint32(at, isLittleEndian),
    u64: (at) => Number(view.getBigUint64(at, isLittleEndian)),
  };
}

function textAt(table: Buffer, at: number): string {
  const end = table.indexOf(0, at);
  return table.toString("utf8", Math.min(at, table.length), end < 0 ? table.length : end);
}

function requireInside(isInside: boolean, detail: string): void {
  if (!isInside) throw elfErrors.error("go/elf-malformed", detail);
}
