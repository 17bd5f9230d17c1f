/**
 * What a backup holds: a tar archive of the node's files, and behind them a list of their hashes. Without the list the
 * archive was cut off. The files are those of a node that was killed: the first start checks what it has to.
 */

import { backupErrors } from "./errors.ts";

export interface BackedUpFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface BackupList {
  readonly format: 1;
  readonly madeMs: number;
  readonly files: readonly BackedUpFile[];
}

export const backupListName = "backup.json";

/** Files of the list that a backup of a node may have. */
export const backupFileName =
  /^(index\.sqlite(-wal)?|segments\/\d{1,9}\.pack|large\/[0-9a-f]{2}\/[0-9a-f]{64}(\.zst)?)$/;

/** A node with 20 million bodies of their own has a list of this size. */
export const backupListBytesMax = 4 * 1024 ** 3;

/** Throws `node/backup-invalid`. */
export function parseBackupList(text: string): BackupList {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw backupErrors.error("node/backup-invalid", "its list of files is not JSON", { cause });
  }
  const { format, files } = (value ?? {}) as Partial<BackupList>;
  if (format !== 1 || !Array.isArray(files)) {
    throw backupErrors.error("node/backup-invalid", "its list has another format");
  }
  return value as BackupList;
}
