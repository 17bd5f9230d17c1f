/**
 * The symbols that a Go object file defines, with their bytes: names by `cmd/internal/goobj/objfile.go`, as
 * `object-file.ts` reads the same layout. For comparing two compilations; a linker needs more.
 */

export interface ObjectSymbol {
  /** Symbols by content have no name; they are numbered. */
  readonly name: string;
  readonly type: number;
  readonly sizeBytes: number;
  /** What the object holds of it; empty for zeroed memory. */
  readonly data: Buffer;
}

const magic = "\n!\n\0go120ld";
const offsetsAt = 8 + 8 + 4;
const block = { symbolDef: 3, nonPkgRef: 7, dataIndex: 13, data: 16 } as const;
const symbolBytes = 21;
const typeAt = 10;
const sizeAt = 13;

/** The symbols of an archive's `_go_.o`; `undefined` for a layout that is not known, or is damaged. */
export function readObjectSymbols(member: Buffer): ObjectSymbol[] | undefined {
  const start = member.indexOf(magic, 0, "latin1");
  if (start === -1) return undefined;
  try {
    return [...symbolsOf(member.subarray(start + 3))];
  } catch (cause) {
    // Offsets that lead outside.
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

function* symbolsOf(object: Buffer): Generator<ObjectSymbol> {
  const offset = (index: number): number => object.readUInt32LE(offsetsAt + 4 * index);
  const [first, end, indexes, data] = [block.symbolDef, block.nonPkgRef, block.dataIndex, block.data].map(offset) as [
    number,
    number,
    number,
    number,
  ];
  for (let at = first, n = 0; at + symbolBytes <= end; at += symbolBytes, n++) {
    const length = object.readUInt32LE(at);
    const nameAt = object.readUInt32LE(at + 4);
    const [from, to] = [object.readUInt32LE(indexes + 4 * n), object.readUInt32LE(indexes + 4 * n + 4)];
    const name = length === 0 ? `(by content ${n})` : object.toString("utf8", nameAt, nameAt + length);
    const bytes = object.subarray(data + from, data + to);
    yield { name, type: object.readUInt8(at + typeAt), sizeBytes: object.readUInt32LE(at + sizeAt), data: bytes };
  }
}
