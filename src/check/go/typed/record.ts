/** What the probe writes of a package, as it is read from its file. The shapes are those of facts.go.txt. */

import { closeSync, openSync, readSync } from "node:fs";

import type { TreeArrays } from "../tree.ts";

export interface TypeRow {
  readonly k: string;
  readonly n?: string;
  readonly p?: string;
  readonly m?: string;
  readonly e?: number;
  readonly key?: number;
  readonly l?: number;
  readonly d?: "both" | "send" | "receive";
  readonly ps?: readonly number[];
  readonly rs?: readonly number[];
  readonly va?: boolean;
  readonly a?: readonly number[];
  readonly o?: number;
  readonly tp?: readonly number[];
  readonly def?: boolean;
  readonly u?: number;
  readonly fs?: readonly FieldRow[];
  readonly ms?: readonly MethodRow[];
}

export interface FieldRow {
  readonly n: string;
  readonly t: number;
  readonly e?: boolean;
  readonly g?: string;
  readonly key?: string;
  readonly s?: number;
}

export interface MethodRow {
  readonly n: string;
  readonly key: string;
  readonly t: number;
  readonly r?: boolean;
  readonly s?: number;
}

export type ValueRow = boolean | string | number | { readonly big: string };

export interface SymbolRow {
  readonly k: string;
  readonly s: string;
  readonly n: string;
  readonly p?: string;
  readonly key?: string;
  readonly d?: number;
  readonly f?: number;
  readonly t?: number;
  readonly v?: ValueRow;
  readonly e?: boolean;
  readonly r?: boolean;
}

export interface RecordHeader {
  readonly path: string;
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly node: number; readonly goVersion: string }[];
  readonly imports: readonly string[];
  readonly problems: readonly { readonly path: string; readonly line: number; readonly reason: string }[];
  readonly texts: readonly string[];
  readonly symbols: readonly SymbolRow[];
  readonly types: readonly TypeRow[];
  readonly constants: readonly { readonly n: number; readonly v: ValueRow }[];
  readonly selections: readonly (readonly number[])[];
}

export interface PackageRecord {
  readonly header: RecordHeader;
  readonly arrays: TreeArrays;
  /** By node: number of the symbol, and of the type, from 1; 0 is none. */
  readonly symbols: Uint32Array;
  readonly types: Uint32Array;
  /** By node: 1 if the expression denotes a type. */
  readonly flags: Uint8Array;
}

const headBytes = 12;

/** The records of a file, one after another; only one is in memory at a time. */
export function* readRecords(path: string): Generator<PackageRecord> {
  const file = openSync(path, "r");
  try {
    let at = 0;
    for (;;) {
      const head = Buffer.alloc(headBytes);
      if (readSync(file, head, 0, headBytes, at) < headBytes) return;
      const size = head.readUInt32LE(0);
      const bytes = new Uint8Array(size);
      readSync(file, bytes, 0, size, at);
      yield decodeRecord(bytes, head.readUInt32LE(4), head.readUInt32LE(8));
      at += size;
    }
  } finally {
    closeSync(file);
  }
}

function decodeRecord(bytes: Uint8Array<ArrayBuffer>, jsonBytes: number, nodes: number): PackageRecord {
  const text = Buffer.from(bytes.buffer, headBytes, jsonBytes).toString("utf8");
  const header = JSON.parse(text) as RecordHeader;
  let at = headBytes + jsonBytes;
  at += (8 - (at % 8)) % 8;
  const word = (): Uint32Array => {
    const array = new Uint32Array(bytes.buffer, at, nodes);
    at += 4 * nodes;
    return array;
  };
  const byte = (): Uint8Array => {
    const array = new Uint8Array(bytes.buffer, at, nodes);
    at += nodes;
    return array;
  };
  const [parents, ends, from, to, names, symbols, types] = [word(), word(), word(), word(), word(), word(), word()];
  const [kinds, roles, ops, flags] = [byte(), byte(), byte(), byte()];
  const arrays = { kinds, roles, ops, parents, ends, from, to, names, texts: header.texts, literals: [] };
  return { header, arrays, symbols, types, flags };
}
