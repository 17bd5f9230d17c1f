/** The contents of a repository's files at one moment: what results are remembered by. */

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";

import type { RepositoryFile } from "../area.ts";
import { decodeText } from "../source-text.ts";
import { fileLimitBytes } from "./limits.ts";

interface FileState {
  /** SHA-256 of the content. */
  readonly hash: string;
  readonly sizeBytes: number;
  readonly changedMs: number;
  /** The content holds the word by which suppressions begin. */
  readonly hasDirective: boolean;
}

export interface Snapshot {
  readonly root: string;
  /** By path; a file that could not be read is not here. */
  readonly states: ReadonlyMap<string, FileState>;
  /** Files that were listed and could not be read, with the reason. */
  readonly unreadable: ReadonlyMap<string, string>;
}

const directiveWord = "ballast:";

/** Reads and hashes all files once. Takes some 30 ms for a thousand small ones. */
export function takeSnapshot(root: string, files: readonly RepositoryFile[]): Snapshot {
  const states = new Map<string, FileState>();
  const unreadable = new Map<string, string>();
  for (const { path } of files) {
    try {
      states.set(path, readState(`${root}/${path}`));
    } catch (cause) {
      unreadable.set(path, cause instanceof Error ? cause.message : String(cause));
    }
  }
  return { root, states, unreadable };
}

function readState(path: string): FileState {
  const { bytes, changedMs } = readLimited(path);
  return {
    hash: new Bun.CryptoHasher("sha256").update(bytes).digest("base64"),
    sizeBytes: bytes.byteLength,
    changedMs,
    hasDirective: bytes.includes(directiveWord),
  };
}

/** One that was replaced by a symlink or a pipe since it was listed is refused, not followed and not waited for. */
function readLimited(path: string): { readonly bytes: Buffer; readonly changedMs: number } {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error("it is not a regular file");
    if (stat.size > fileLimitBytes) throw new Error(`${stat.size} bytes are more than ${fileLimitBytes}`);
    return { bytes: readAll(descriptor, stat.size), changedMs: stat.mtimeMs };
  } finally {
    closeSync(descriptor);
  }
}

function readAll(descriptor: number, sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const read = readSync(descriptor, bytes, filled, sizeBytes - filled, filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

/** The text of one file; `undefined` when it cannot be read or is over the limit. */
export function readTextFile(root: string, path: string): string | undefined {
  try {
    return decodeText(readLimited(`${root}/${path}`).bytes);
  } catch {
    return undefined; // the snapshot says why, if the file is one of those that are checked
  }
}

/** The hash of one file's content as the snapshot has it; empty when it cannot be read. */
export function hashFile(root: string, path: string): string {
  try {
    return readState(`${root}/${path}`).hash;
  } catch {
    return ""; // as good a state as any: the same nothing gives the same result
  }
}

/** Whether no file was written since; a result of a moving tree must not be remembered. */
export function isStill({ root, states }: Snapshot): boolean {
  for (const [path, { sizeBytes, changedMs }] of states) {
    const stat = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
    if (stat?.size !== sizeBytes || stat.mtimeMs !== changedMs) return false;
  }
  return true;
}

/** SHA-256 of some paths with their contents, in hex. */
export function digestOf(snapshot: Snapshot, paths: Iterable<string>): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const path of paths) hasher.update(`${path}\0${snapshot.states.get(path)?.hash ?? ""}\0`);
  return hasher.digest("hex");
}
