/** A lock between processes: a folder, which only one of them can make, with the holder's process id inside. */

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const pauseMs = 100;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The lock is made whole under another name, so it never stands without its holder. Renaming onto a full folder fails. */
function tryLock(path: string): boolean {
  const own = `${path}.${process.pid}`;
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "pid"), String(process.pid));
  try {
    renameSync(own, path);
    return true;
  } catch {
    // Somebody holds it: the only way in which this rename fails between two names of one folder.
    rmSync(own, { recursive: true, force: true });
    return false;
  }
}

function removeDeadHolder(path: string): void {
  try {
    const pid = Number.parseInt(readFileSync(join(path, "pid"), "utf8"), 10);
    if (!isAlive(pid)) rmSync(path, { recursive: true, force: true });
  } catch {
    // The holder let go between our two looks.
  }
}

/** Waits for the lock and holds it until disposed. Throws when it is not free within `patienceMs`. */
export async function holdLock(path: string, patienceMs: number): Promise<AsyncDisposable> {
  const deadlineMs = performance.now() + patienceMs;
  while (!tryLock(path)) {
    removeDeadHolder(path);
    if (performance.now() > deadlineMs) throw new Error(`waited too long for ${path}; remove it if nothing installs`);
    await Bun.sleep(pauseMs);
  }
  return {
    [Symbol.asyncDispose]: () => {
      rmSync(path, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
