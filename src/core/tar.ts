/** Plain tar archives (POSIX ustar), as far as regular files with short names go: what any `tar` unpacks. */

const blockBytes = 512;
const sizeMax = 8 ** 11 - 1;
const nameLengthMax = 100;

export interface TarHead {
  readonly name: string;
  readonly sizeBytes: number;
}

/** The block in front of a file's bytes. Throws `RangeError` for what the format cannot say. */
export function tarHead({ name, sizeBytes }: TarHead, modifiedMs: number): Buffer {
  if (Buffer.byteLength(name) > nameLengthMax || sizeBytes > sizeMax) throw new RangeError(`${name} in a tar archive`);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write(name, 0);
  block.write(octal(0o600, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(sizeBytes, 11), 124);
  block.write(octal(Math.floor(modifiedMs / 1000), 11), 136);
  block.write("        0", 148);
  block.write("ustar\u000000", 257);
  block.write(`${checksum(block).toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** The zeros behind a file's bytes, up to the next block. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

/** The end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * blockBytes);
}

/** Takes the file's bytes as they come. */
export interface TarSink {
  write(chunk: Uint8Array): void;
  end(): void;
}

/**
 * Reads an archive piece by piece: `open` is asked for each file where its bytes shall go. Throws `RangeError` for
 * bytes that are no such archive, and for one that was cut off.
 */
export async function readTar(chunks: AsyncIterable<Uint8Array>, open: (head: TarHead) => TarSink): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let file: { readonly sink: TarSink; leftBytes: number; readonly paddingBytes: number } | undefined;
  let skipBytes = 0;
  let isEnded = false;
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([rest, chunk]);
    while (rest.length > 0 && !isEnded) {
      if (file !== undefined) {
        const taken = rest.subarray(0, file.leftBytes);
        file.sink.write(taken);
        file.leftBytes -= taken.length;
        rest = rest.subarray(taken.length);
        if (file.leftBytes > 0) break;
        file.sink.end();
        skipBytes = file.paddingBytes;
        file = undefined;
      }
      const skipped = Math.min(skipBytes, rest.length);
      skipBytes -= skipped;
      rest = rest.subarray(skipped);
      if (skipBytes > 0 || rest.length < blockBytes) break;
      const head = parseHead(rest.subarray(0, blockBytes));
      rest = rest.subarray(blockBytes);
      if (head === undefined) isEnded = true;
      else file = { sink: open(head), leftBytes: head.sizeBytes, paddingBytes: tarPadding(head.sizeBytes).length };
    }
    if (isEnded) rest = Buffer.alloc(0);
  }
  if (!isEnded) throw new RangeError("a tar archive that was cut off");
}

/** `undefined` for the block of zeros that ends an archive. */
function parseHead(block: Buffer): TarHead | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const text = (from: number, length: number): string => {
    const field = block.toString("utf8", from, from + length);
    const end = field.indexOf("\0");
    return end === -1 ? field : field.slice(0, end);
  };
  const isFile = text(257, 5) === "ustar" && (block[156] === 0x30 || block[156] === 0) && text(345, 155) === "";
  const sizeText = text(124, 12).trim();
  if (!isFile || !/^[0-7]{1,11}$/.test(sizeText) || Number.parseInt(text(148, 8).trim(), 8) !== checksum(block)) {
    throw new RangeError("bytes that are no tar archive of plain files");
  }
  return { name: text(0, 100), sizeBytes: Number.parseInt(sizeText, 8) };
}

/** The sum of the bytes, those of the sum's own field as spaces. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}
