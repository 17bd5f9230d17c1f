import { open } from "node:fs/promises";
import { hasErrno } from "./errno.ts";

/** Waits until the file's bytes are on the disk, on another thread. A file that is gone needs no syncing. */
export async function syncFile(path: string): Promise<void> {
  try {
    await using file = await open(path, "r+");
    await file.sync();
  } catch (cause) {
    if (!hasErrno(cause, "ENOENT")) throw cause;
  }
}
