/** Takes a body in pieces: hashes it as it comes, in memory while it is small, in a file from then on. */

import { constants, createZstdDecompress, type ZstdDecompress } from "node:zlib";
import { bodyKind, classifyBody, isElf } from "../../go/body-kind.ts";
import { type Codec, codec, type EntryHead } from "../protocol/entry.ts";
import type { BodyStore, BodyWriter } from "./body-store.ts";
import { mismatch, verifyBody, zstdWindowLogMax } from "./encoded-body.ts";
import type { CheckedBody } from "./put-queue.ts";
import { formToKeep } from "./recompression.ts";
import type { PutResult } from "./store.ts";

/** As much of a large body as is looked at to tell its kind. */
const kindHeadBytes = 64 * 1024;

/** One of `finish` and `abort` ends it. */
export interface BodyReceiver {
  /** Rejects with `protocol/body-mismatch` as soon as the body is longer than announced, with `node/disk-full`. */
  write(chunk: Uint8Array): Promise<void>;
  /** Checks the whole and stores it. Rejects with `protocol/body-mismatch`. */
  finish(): Promise<PutResult>;
  abort(): void;
}

export interface ReceiverOptions {
  readonly bodies: BodyStore;
  readonly ownFileBytes: number;
  readonly head: EntryHead;
  readonly encoding: Codec;
  readonly keep: (head: EntryHead, body: CheckedBody) => Promise<PutResult>;
}

interface Spilled {
  readonly writer: BodyWriter;
  readonly hash: RawHash;
}

export function createBodyReceiver(options: ReceiverOptions): BodyReceiver {
  const { bodies, ownFileBytes, head, encoding, keep } = options;
  let chunks: Uint8Array[] = [];
  let storedBytes = 0;
  let spilled: Spilled | undefined;

  async function spill(): Promise<Spilled> {
    const next = { writer: bodies.createWriter(), hash: createRawHash(encoding, head) };
    spilled = next;
    for (const chunk of chunks) await takeInto(next, chunk);
    chunks = [];
    return next;
  }

  return {
    async write(chunk) {
      storedBytes += chunk.length;
      if (encoding === codec.identity && storedBytes > head.sizeBytes) throw mismatch("more bytes than announced");
      if (spilled !== undefined) return takeInto(spilled, chunk);
      chunks.push(chunk);
      if (storedBytes >= ownFileBytes) await spill();
    },
    async finish() {
      if (spilled === undefined) {
        const bytes = Buffer.concat(chunks, storedBytes);
        const raw = verifyBody(bytes, encoding, head.sizeBytes, head.output);
        return keep({ ...head, kind: classifyBody(raw) }, { in: "memory", ...formToKeep(raw, bytes, encoding) });
      }
      const kind = await spilled.hash.finish();
      return keep({ ...head, kind }, { in: "file", writer: spilled.writer, codec: encoding });
    },
    abort() {
      spilled?.hash.abort();
      spilled?.writer.discard();
      chunks = [];
    },
  };
}

async function takeInto({ writer, hash }: Spilled, chunk: Uint8Array): Promise<void> {
  writer.write(chunk);
  await hash.write(chunk);
}

/** The hash of a body's raw bytes, whatever its encoding. */
interface RawHash {
  write(chunk: Uint8Array): Promise<void>;
  /** The body's kind, if it is what it should be. */
  finish(): Promise<number>;
  abort(): void;
}

function createRawHash(encoding: Codec, head: EntryHead): RawHash {
  const hasher = new Bun.CryptoHasher("sha256");
  const kindHead: Uint8Array[] = [];
  let rawBytes = 0;

  function take(raw: Uint8Array): void {
    if (rawBytes < kindHeadBytes) kindHead.push(raw.slice(0, kindHeadBytes - rawBytes));
    rawBytes += raw.length;
    if (rawBytes > head.sizeBytes) throw mismatch(`more than the ${head.sizeBytes} bytes that were announced`);
    hasher.update(raw);
  }

  const decoder = encoding === codec.zstd ? createDecoder(take) : undefined;
  return {
    async write(chunk) {
      if (decoder === undefined) take(chunk);
      else await decoder.write(chunk);
    },
    async finish() {
      await decoder?.finish();
      if (rawBytes !== head.sizeBytes) throw mismatch(`${rawBytes} bytes where ${head.sizeBytes} were announced`);
      if (Buffer.compare(hasher.digest(), head.output) !== 0) throw mismatch("bytes with another hash");
      return kindOfLarge(Buffer.concat(kindHead), head.kind);
    },
    abort: () => decoder?.abort(),
  };
}

/** Whether an archive was made with cgo, or a program by the host's linker, stands at its end: that much is taken from the client. */
function kindOfLarge(head: Uint8Array, declared: number): number {
  const kind = classifyBody(head);
  if (kind === bodyKind.package && declared === bodyKind.cgoPackage) return declared;
  return declared === bodyKind.program && isElf(head) ? declared : kind;
}

interface Decoder {
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  abort(): void;
}

function createDecoder(take: (raw: Uint8Array) => void): Decoder {
  const stream: ZstdDecompress = createZstdDecompress({
    params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLogMax },
  });
  let failure: Error | undefined;
  stream.on("error", (cause) => {
    failure ??= cause instanceof RangeError ? cause : mismatch("a zstd body that does not unpack");
  });
  stream.on("data", (raw: Uint8Array) => {
    if (failure !== undefined) return;
    try {
      take(raw);
    } catch (cause) {
      failure = cause as Error;
      stream.destroy();
    }
  });

  function check(): void {
    if (failure !== undefined) throw failure;
  }

  return {
    async write(chunk) {
      check();
      if (!stream.write(chunk) && !stream.destroyed) await nextOf(stream, ["drain", "close"]);
      check();
    },
    async finish() {
      check();
      const ended = nextOf(stream, ["end", "close"]);
      stream.end();
      await ended;
      check();
    },
    abort() {
      stream.destroy();
    },
  };
}

/** Resolves at the first of the events. A failure comes as `close`, after the listener above has noted it. */
function nextOf(stream: ZstdDecompress, events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    function done(): void {
      for (const event of events) stream.off(event, done);
      resolve();
    }
    for (const event of events) stream.on(event, done);
    if (stream.closed) done();
  });
}
