import { nodeErrors } from "../errors.ts";

/** Whether `cause` is the operating system's failure `code`, such as `ENOENT`. */
export function hasErrno(cause: unknown, code: string): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === code;
}

/** What a failed write is to a caller: `node/disk-full` where that is the reason, else the failure itself. */
export function writeFailure(cause: unknown, what: string): unknown {
  if (!hasErrno(cause, "ENOSPC") && !hasErrno(cause, "EDQUOT")) return cause;
  return nodeErrors.error("node/disk-full", `no room for ${what}`, { cause });
}
