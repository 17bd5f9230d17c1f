/** Large bodies, each in a file of its own: written once while they arrive, and served by the kernel without passing through us. */

import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Codec, codec } from "../../protocol/entry.ts";
import { type BodyRef, type BodyWriter, type OwnFile, ownFile } from "../body-store.ts";
import { hasErrno, writeFailure } from "./errno.ts";
import { readAt } from "./read-at.ts";
import { syncFile } from "./sync-file.ts";

export interface OwnFiles {
  createWriter(): BodyWriter;
  read(body: BodyRef, into?: Buffer): Buffer | undefined;
  path(body: Pick<BodyRef, "output" | "codec">): string;
  release(body: BodyRef): void;
  sync(): Promise<void>;
  files(): Iterable<OwnFile>;
  fileBytes(): number;
}

interface State {
  readonly folder: string;
  readonly temporary: string;
  readonly unsynced: Set<string>;
  fileBytes: number;
  writers: number;
}

/** `temporary` is emptied: what lies there was never finished. `fileBytes` is what the index knows of. */
export function openOwnFiles(folder: string, temporary: string, fileBytes: number): OwnFiles {
  mkdirSync(temporary, { recursive: true });
  for (const name of readdirSync(temporary)) rmSync(join(temporary, name), { recursive: true });
  const state: State = { folder, temporary, unsynced: new Set(), fileBytes, writers: 0 };
  return {
    createWriter: () => createWriter(state),
    read: (body, into) => read(state, body, into),
    path: (body) => pathOf(state, body.output, body.codec),
    release: (body) => release(state, body),
    async sync() {
      const paths = [...state.unsynced];
      state.unsynced.clear();
      for (const path of paths) await syncFile(path);
    },
    files: () => files(state),
    fileBytes: () => state.fileBytes,
  };
}

function pathOf(state: State, output: Uint8Array, kept: Codec): string {
  const hex = output.toHex();
  return join(state.folder, hex.slice(0, 2), kept === codec.zstd ? `${hex}.zst` : hex);
}

function createWriter(state: State): BodyWriter {
  const temporary = join(state.temporary, String(++state.writers));
  const file = openSync(temporary, "wx");
  let storedBytes = 0;
  let isOpen = true;
  return {
    write(chunk) {
      try {
        for (let done = 0; done < chunk.length;) done += writeSync(file, chunk, done);
      } catch (cause) {
        throw writeFailure(cause, `a body after ${storedBytes} bytes`);
      }
      storedBytes += chunk.length;
    },
    get storedBytes() {
      return storedBytes;
    },
    keep(output, kept) {
      isOpen = false;
      closeSync(file);
      const path = pathOf(state, output, kept);
      mkdirSync(dirname(path), { recursive: true });
      state.fileBytes += storedBytes - sizeOf(path);
      renameSync(temporary, path);
      state.unsynced.add(path);
      return ownFile;
    },
    discard() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(file);
      unlinkSync(temporary);
    },
  };
}

/** 0 when there is no such file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function read(state: State, body: BodyRef, into: Buffer | undefined): Buffer | undefined {
  let file: number;
  try {
    file = openSync(pathOf(state, body.output, body.codec), "r");
  } catch (cause) {
    if (hasErrno(cause, "ENOENT")) return undefined;
    throw cause;
  }
  try {
    const isWhole = fstatSync(file).size === body.storedBytes;
    return isWhole ? readAt(file, 0, body.storedBytes, into) : undefined;
  } finally {
    closeSync(file);
  }
}

function release(state: State, body: BodyRef): void {
  const path = pathOf(state, body.output, body.codec);
  const fileBytes = sizeOf(path);
  if (fileBytes === 0) return;
  unlinkSync(path);
  state.fileBytes -= fileBytes;
  state.unsynced.delete(path);
}

function* files(state: State): Iterable<OwnFile> {
  for (const folder of namesIn(state.folder)) {
    for (const name of namesIn(join(state.folder, folder))) {
      const match = /^([0-9a-f]{64})(\.zst)?$/.exec(name);
      if (match === null) continue;
      yield {
        output: Buffer.from(match[1] as string, "hex"),
        codec: match[2] === undefined ? codec.identity : codec.zstd,
        remove: () => unlinkSync(join(state.folder, folder, name)),
      };
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if (hasErrno(cause, "ENOENT") || hasErrno(cause, "ENOTDIR")) return [];
    throw cause;
  }
}
