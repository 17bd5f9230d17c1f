import { SQLiteError } from "bun:sqlite";
import { hasErrno, writeFailure } from "./disk/errno.ts";
import { nodeErrors } from "./errors.ts";
import { isDamage } from "./index/index-file.ts";
import { markDamaged } from "./running-marker.ts";
import type { StoreState } from "./store-state.ts";

/**
 * What a failure of the index or the disk is to a caller. A damaged index is remembered, so that nothing more is
 * served from it and the next start begins anew.
 */
export function damageOf(state: StoreState, cause: unknown): unknown {
  if (!(cause instanceof SQLiteError)) return cause;
  if (cause.code === "SQLITE_FULL") return nodeErrors.error("node/disk-full", "no room for the index", { cause });
  if (!isDamage(cause)) return writeFailure(cause, "the index");
  if (state.damage === undefined) {
    state.damage = cause.message;
    state.options.log.error("the index is damaged", { reason: cause.message });
    markDamaged(state.options.folder, cause.message);
  }
  return nodeErrors.error("node/index-damaged", cause.message, { cause });
}

/** What a failure to open the store is to a person. */
export function openFailure(cause: unknown, folder: string): unknown {
  if (cause instanceof SQLiteError && cause.code === "SQLITE_FULL") {
    return nodeErrors.error("node/disk-full", folder, { cause });
  }
  const isRefused = ["EACCES", "EPERM", "EROFS", "ENOTDIR"].some((code) => hasErrno(cause, code));
  const isUnreadable = cause instanceof SQLiteError && /^SQLITE_(CANTOPEN|READONLY|PERM|IOERR)/.test(cause.code ?? "");
  if (!isRefused && !isUnreadable) return writeFailure(cause, folder);
  return nodeErrors.error("node/folder-unusable", `${folder}: ${(cause as Error).message}`, { cause });
}
