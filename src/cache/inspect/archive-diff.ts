/** Where two compiled packages differ: which member, and in the object which symbols. */

import { archiveMembers } from "../../go/archive.ts";
import { readObjectHeader } from "../../go/object-file.ts";
import { type ObjectSymbol, readObjectSymbols } from "../../go/object-symbols.ts";

export interface SymbolDifference {
  readonly name: string;
  readonly what: "only-first" | "only-second" | "size" | "bytes";
  /** In the first and the second; 0 where it is absent. */
  readonly sizeBytes: readonly [number, number];
}

export interface MemberDifference {
  readonly name: string;
  /** `__.PKGDEF` is what importers see, `_go_.o` the code, others come from assembly and C. */
  readonly what: "only-first" | "only-second" | "differs";
  readonly sizeBytes: readonly [number, number];
  /** The first byte that differs. */
  readonly firstOffset: number;
  /** What is printable around it. */
  readonly near: readonly [string, string];
  /** Of the object, at most `symbolsMax`. */
  readonly symbols: readonly SymbolDifference[];
  readonly symbolsInAll: number;
}

export interface ArchiveDifference {
  /** The compilers, where they are not the same. */
  readonly compilers: readonly [string, string] | undefined;
  readonly members: readonly MemberDifference[];
  /** Importers of the package see a difference, so that everything above it is compiled differently too. */
  readonly isSeenByImporters: boolean;
}

const symbolsMax = 100;
const nearBytes = 24;

export function compareArchives(first: Uint8Array, second: Uint8Array): ArchiveDifference {
  const [a, b] = [membersOf(first), membersOf(second)];
  const names = [...new Set([...a.keys(), ...b.keys()])];
  const members = names.flatMap((name) => memberDifference(name, a.get(name), b.get(name)) ?? []);
  const compilers = [compilerOf(first), compilerOf(second)] as const;
  return {
    compilers: compilers[0] === compilers[1] ? undefined : compilers,
    members,
    isSeenByImporters: members.some(({ name }) => name === "__.PKGDEF"),
  };
}

function membersOf(archive: Uint8Array): Map<string, Buffer> {
  const members = new Map<string, Buffer>();
  for (const { name, body } of archiveMembers(archive)) {
    // C objects may have one name several times.
    const count = [...members.keys()].filter((known) => known === name || known.startsWith(`${name}#`)).length;
    members.set(count === 0 ? name : `${name}#${count + 1}`, body);
  }
  return members;
}

function compilerOf(archive: Uint8Array): string {
  const header = readObjectHeader(archive);
  return header === undefined ? "not known" : `${header.goVersion} ${header.os}/${header.arch}`;
}

function memberDifference(name: string, a: Buffer | undefined, b: Buffer | undefined): MemberDifference | undefined {
  const sizeBytes = [a?.length ?? 0, b?.length ?? 0] as const;
  const none = { firstOffset: 0, near: ["", ""] as const, symbols: [], symbolsInAll: 0 };
  if (a === undefined || b === undefined) {
    return { name, what: b === undefined ? "only-first" : "only-second", sizeBytes, ...none };
  }
  if (a.equals(b)) return undefined;
  const firstOffset = firstDifference(a, b);
  const symbols = name === "_go_.o" ? symbolDifferences(a, b) : [];
  return {
    name,
    what: "differs",
    sizeBytes,
    firstOffset,
    near: [printable(a, firstOffset), printable(b, firstOffset)],
    symbols: symbols.slice(0, symbolsMax),
    symbolsInAll: symbols.length,
  };
}

function firstDifference(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at;
  return length;
}

function printable(bytes: Buffer, at: number): string {
  return bytes.toString("latin1", Math.max(0, at - nearBytes), at + nearBytes).replace(/[^\x20-\x7e]/g, ".");
}

function symbolDifferences(a: Buffer, b: Buffer): SymbolDifference[] {
  const [first, second] = [byName(readObjectSymbols(a) ?? []), byName(readObjectSymbols(b) ?? [])];
  const names = [...new Set([...first.keys(), ...second.keys()])];
  return names.flatMap((name) => symbolDifference(name, first.get(name), second.get(name)) ?? []);
}

/** Symbols of one name have different ABIs, or are static. */
function byName(symbols: readonly ObjectSymbol[]): Map<string, ObjectSymbol> {
  const named = new Map<string, ObjectSymbol>();
  for (const symbol of symbols) {
    let name = symbol.name;
    for (let n = 2; named.has(name); n++) name = `${symbol.name}#${n}`;
    named.set(name, symbol);
  }
  return named;
}

function symbolDifference(name: string, a?: ObjectSymbol, b?: ObjectSymbol): SymbolDifference | undefined {
  const sizeBytes = [a?.sizeBytes ?? 0, b?.sizeBytes ?? 0] as const;
  if (a === undefined) return { name, what: "only-second", sizeBytes };
  if (b === undefined) return { name, what: "only-first", sizeBytes };
  if (a.sizeBytes !== b.sizeBytes) return { name, what: "size", sizeBytes };
  return a.data.equals(b.data) ? undefined : { name, what: "bytes", sizeBytes };
}
