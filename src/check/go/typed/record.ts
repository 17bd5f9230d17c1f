/** What the probe says of a package, in the lines that it adds to go vet's. The shapes are those of facts.go.txt and vettool.go.txt. */

import { gunzipSync } from "node:zlib";

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
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly node: number; readonly goVersion: string }[];
  readonly problems: readonly { readonly path: string; readonly line: number; readonly reason: string }[];
  readonly texts: readonly string[];
  readonly symbols: readonly SymbolRow[];
  readonly types: readonly TypeRow[];
  readonly constants: readonly { readonly n: number; readonly v: ValueRow }[];
  readonly selections: readonly (readonly number[])[];
}

/** What is known of a package before its record is unpacked. */
export interface RecordHead {
  /** Import path; an external test package ends in `_test`. */
  readonly path: string;
  /** Import paths, each once, in order. */
  readonly imports: readonly string[];
  /** Hashes of what other packages may see: of types with their methods, and of everything declared outside of functions. */
  readonly types: string;
  readonly surface: string;
  /** Why go vet did not check the package; empty if it did. */
  readonly vet: string;
}

/** A record as Go keeps it. */
export interface PackedRecord extends RecordHead {
  /** In base64, for whoever wants to tell it from another. */
  readonly record: string;
}

export interface PackageRecord {
  readonly head: RecordHead;
  readonly header: RecordHeader;
  readonly arrays: TreeArrays;
  /** By node: number of the symbol, and of the type, from 1; 0 is none. */
  readonly symbols: Uint32Array;
  readonly types: Uint32Array;
  /** By node: 1 if the expression denotes a type. */
  readonly flags: Uint8Array;
}

const headBytes = 8;
/** A record of some 200 bytes a line is never that large: a package of 2 million lines would be. */
const recordLimitBytes = 400_000_000;

/** The records among the lines that `go vet -json` printed, and the other lines. What was cut off is neither. */
export function splitOutput(output: string): { readonly records: PackedRecord[]; readonly others: string } {
  const records: PackedRecord[] = [];
  const others: string[] = [];
  for (const line of output.split("\n")) {
    if (!line.startsWith('{"')) {
      others.push(line);
      continue;
    }
    const record = recordOf(line);
    if (record !== undefined) records.push(record);
  }
  return { records, others: others.join("\n") };
}

function recordOf(line: string): PackedRecord | undefined {
  try {
    const said = JSON.parse(line) as Record<string, { readonly ballast?: PackedRecord } | undefined>;
    return Object.values(said)[0]?.ballast;
  } catch {
    return undefined; // cut off by the limit on output: its package counts as one without a record
  }
}

/** Throws what zlib or JSON says of a record that Go did not keep whole. */
export function unpackRecord(packed: PackedRecord): PackageRecord {
  const bytes = gunzipSync(Buffer.from(packed.record, "base64"), { maxOutputLength: recordLimitBytes });
  // The arrays lie at multiples of 8 from the first byte, which a pooled buffer need not begin with.
  const whole = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const view = new DataView(whole.buffer, whole.byteOffset);
  return decodeRecord(packed, whole, view.getUint32(0, true), view.getUint32(4, true));
}

function decodeRecord(head: RecordHead, bytes: Uint8Array, jsonBytes: number, nodes: number): PackageRecord {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + headBytes, jsonBytes).toString("utf8");
  const header = JSON.parse(text) as RecordHeader;
  let at = bytes.byteOffset + headBytes + jsonBytes;
  at += (8 - (jsonBytes % 8)) % 8;
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
  return { head, header, arrays, symbols, types, flags };
}
