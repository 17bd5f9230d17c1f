/** A node's folder from a backup. The folder appears when everything in it has been checked, or not at all. */

import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { readTar, type TarHead, type TarSink } from "../../../core/tar.ts";
import { markRunning } from "../running-marker.ts";
import {
  type BackedUpFile,
  backupFileName,
  backupListBytesMax,
  backupListName,
  parseBackupList,
} from "./backup-file.ts";
import { backupErrors } from "./errors.ts";

export interface RestoreReport {
  readonly files: number;
  readonly sizeBytes: number;
  readonly madeMs: number;
}

/** Reads a backup and checks it against its list, without keeping anything. Throws `node/backup-invalid`. */
export async function checkBackup(path: string): Promise<RestoreReport> {
  return readBackup(path, () => undefined);
}

/** Throws `node/backup-invalid`, `node/folder-in-the-way`, `node/backup-unusable`. */
export async function restoreBackup(path: string, folder: string): Promise<RestoreReport> {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw backupErrors.error("node/folder-in-the-way", folder);
  }
  const making = `${folder}.restoring`;
  rmSync(making, { recursive: true, force: true });
  try {
    mkdirSync(making, { recursive: true, mode: 0o700 });
    const report = await readBackup(path, (name) => join(making, name));
    // The copy is that of a node that was killed, so that its first start checks what was written last.
    markRunning(making);
    if (existsSync(folder)) rmdirSync(folder);
    renameSync(making, folder);
    return report;
  } catch (cause) {
    rmSync(making, { recursive: true, force: true });
    throw isSystemFailure(cause) ? backupErrors.error("node/backup-unusable", cause.message, { cause }) : cause;
  }
}

function isSystemFailure(cause: unknown): cause is Error {
  return cause instanceof Error && typeof (cause as NodeJS.ErrnoException).errno === "number";
}

/** `placeOf` says where a file goes; nowhere when it answers `undefined`. */
async function readBackup(path: string, placeOf: (name: string) => string | undefined): Promise<RestoreReport> {
  const found = new Map<string, BackedUpFile>();
  const listChunks: Uint8Array[] = [];
  function open(head: TarHead): TarSink {
    if (listChunks.length > 0) throw backupErrors.error("node/backup-invalid", "something follows its list");
    if (head.name === backupListName && head.sizeBytes <= backupListBytesMax) return listSink(listChunks);
    if (!backupFileName.test(head.name) || found.has(head.name)) {
      throw backupErrors.error("node/backup-invalid", `it holds ${JSON.stringify(head.name)}`);
    }
    return fileSink(head, placeOf(head.name), (file) => found.set(file.name, file));
  }
  try {
    await readTar(createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Uint8Array>, open);
  } catch (cause) {
    if (cause instanceof RangeError) throw backupErrors.error("node/backup-invalid", cause.message, { cause });
    throw cause;
  }
  const list = parseBackupList(Buffer.concat(listChunks).toString("utf8"));
  compare(list.files, found);
  const sizeBytes = list.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { files: list.files.length, sizeBytes, madeMs: list.madeMs };
}

function listSink(chunks: Uint8Array[]): TarSink {
  return { write: (chunk) => void chunks.push(Buffer.from(chunk)), end: () => undefined };
}

function fileSink(
  { name, sizeBytes }: TarHead,
  place: string | undefined,
  done: (file: BackedUpFile) => void,
): TarSink {
  const hasher = new Bun.CryptoHasher("sha256");
  if (place !== undefined) mkdirSync(dirname(place), { recursive: true });
  const file = place === undefined ? undefined : openSync(place, "wx", 0o600);
  return {
    write(chunk) {
      hasher.update(chunk);
      if (file === undefined) return;
      for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
    },
    end() {
      if (file !== undefined) closeSync(file);
      done({ name, sizeBytes, sha256: hasher.digest("hex") });
    },
  };
}

function compare(listed: readonly BackedUpFile[], found: ReadonlyMap<string, BackedUpFile>): void {
  const wrong = listed.find((file) => found.get(file.name)?.sha256 !== file.sha256);
  if (wrong !== undefined) throw backupErrors.error("node/backup-invalid", `${wrong.name} is not what the list says`);
  if (found.size !== listed.length) {
    throw backupErrors.error("node/backup-invalid", "it holds files that its list lacks");
  }
}
