/** An unpacking thread: frames in, files in the local tier out, and a word in the arrival table for each. */

import { ZstdDecoder } from "../../core/zstd-decoder.ts";
import { LocalTier } from "../local/local-tier.ts";
import { openCacheFolder } from "../local/folder.ts";
import { isMovedAway } from "../local/moved-away.ts";
import { outputPath } from "../../go/gocache/entry-file.ts";
import { createFrameReader, decodeEntry, frameType } from "../protocol/frame.ts";
import type { WireEntry } from "../protocol/entry.ts";
import { ArrivalTable } from "./arrival-table.ts";
import { storeInline } from "./entry-storer.ts";
import type { HelperOptions } from "./options.ts";

/** The first message opens the thread; each further one is a piece of the stream that ends at a frame's edge. */
export type UnpackMessage =
  | {
      readonly options: HelperOptions;
      readonly arrivals: SharedArrayBuffer;
      readonly toolchainTag: number;
      readonly name: string;
    }
  | { readonly piece: ArrayBuffer; readonly lengthBytes: number }
  | { readonly flush: true };

/** A piece that is unpacked, whose memory comes back to be filled again; or that all is written down. */
export type UnpackReply = { readonly piece: ArrayBuffer } | { readonly flushed: true };

declare const self: Worker;

class Unpacker {
  readonly #tier: LocalTier;
  readonly #arrivals: ArrivalTable;
  readonly #folder: string;
  readonly #goFolder: string;
  readonly #decoder = new ZstdDecoder();

  constructor(options: HelperOptions, arrivals: SharedArrayBuffer, toolchainTag: number, name: string) {
    const folder = openCacheFolder(options.gocache, options.scope);
    this.#folder = folder.path;
    this.#goFolder = options.goFolder;
    this.#tier = new LocalTier({ folder, toolchainTag, nowMs: Date.now, name, defersEntries: true });
    this.#arrivals = new ArrivalTable(arrivals);
  }

  /** An entry that cannot be read leaves it and what is behind it in the piece to ordinary lookups. */
  unpack(frames: Uint8Array): void {
    try {
      createFrameReader().feed(frames, (frame) => {
        if (frame.type === frameType.entry) this.#take(decodeEntry(frame.payload));
      });
    } catch {
      return; // unless the piece is given back, everybody waits for it
    }
  }

  flush(): void {
    this.#tier.flush();
  }

  /** A body that is not what it says, or that the folder refuses, is left to an ordinary lookup. */
  #take(entry: WireEntry): void {
    const number = this.#arrivals.find(entry.action);
    if (number < 0) return;
    try {
      const path = storeInline(this.#tier, this.#decoder, entry);
      const isInFolder = path === outputPath(this.#folder, Buffer.from(entry.output).toString("hex"));
      if (isInFolder && !isMovedAway(path, this.#goFolder)) this.#arrivals.arrive(number, entry);
      else this.#arrivals.fail(number);
    } catch {
      this.#arrivals.fail(number);
    }
  }
}

let unpacker: Unpacker | undefined;

self.onmessage = (event: MessageEvent<UnpackMessage>) => {
  const message = event.data;
  if ("options" in message) {
    unpacker = new Unpacker(message.options, message.arrivals, message.toolchainTag, message.name);
  } else if ("piece" in message) {
    const { piece, lengthBytes } = message;
    unpacker?.unpack(new Uint8Array(piece, 0, lengthBytes));
    self.postMessage({ piece } satisfies UnpackReply, [piece]);
  } else {
    unpacker?.flush();
    self.postMessage({ flushed: true } satisfies UnpackReply);
  }
};
