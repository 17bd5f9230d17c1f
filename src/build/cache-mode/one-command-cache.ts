/**
 * A GOCACHE for one command. It is removed when the command has ended, however it ended. Where Ballast itself was
 * killed, the next command of this kind finds the folder, sees that neither Ballast nor go is alive, and removes it.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNames } from "../../core/folder-names.ts";
import { isCertainlyDead, nameProcess, type ProcessName } from "./dead-process.ts";
import { cacheModeErrors } from "./errors.ts";

export interface OneCommandCache {
  /** What GOCACHE is set to. */
  readonly gocache: string;
  /** A folder beside it for what else the command needs. */
  readonly folder: string;
  /** Says which process uses it besides this one. */
  usedBy(pid: number): void;
  remove(): Promise<void>;
}

const prefix = "ballast-off-";
const removeAttempts = 20;
const removePauseMs = 50;

/** Throws `build/private-cache-unusable`. */
export function makeOneCommandCache(parent = tmpdir()): OneCommandCache {
  sweep(parent);
  const folder = make(parent);
  const own = nameProcess(process.pid);
  writeOwners(folder, [own]);
  return {
    gocache: join(folder, "gocache"),
    folder,
    usedBy: (pid) => writeOwners(folder, [own, nameProcess(pid)]),
    remove: () => removeWhole(folder),
  };
}

function make(parent: string): string {
  try {
    const folder = mkdtempSync(join(parent, prefix));
    mkdirSync(join(folder, "gocache"));
    return folder;
  } catch (cause) {
    throw cacheModeErrors.error("build/private-cache-unusable", `${parent}: ${(cause as Error).message}`, { cause });
  }
}

function writeOwners(folder: string, owners: readonly ProcessName[]): void {
  try {
    writeFileSync(join(folder, "owners"), JSON.stringify(owners));
  } catch {
    return; // a full disk: then the folder is removed by this process or by nobody
  }
}

/** What go left running may still write; it is given a second to end. */
async function removeWhole(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (cause) {
      const isBusy = ["ENOTEMPTY", "EEXIST", "EBUSY"].includes((cause as NodeJS.ErrnoException).code ?? "");
      if (!isBusy || attempt === removeAttempts) return; // swept later
      await Bun.sleep(removePauseMs);
    }
  }
}

/** Removes what killed commands of this user left behind. */
function sweep(parent: string): void {
  for (const name of readNames(parent)) {
    if (!name.startsWith(prefix)) continue;
    const owners = readOwners(join(parent, name));
    if (owners.length > 0 && owners.every(isCertainlyDead)) removeLeftover(join(parent, name));
  }
}

function readOwners(folder: string): readonly ProcessName[] {
  try {
    return JSON.parse(readFileSync(join(folder, "owners"), "utf8")) as ProcessName[];
  } catch {
    return []; // being made or removed right now, or somebody else's
  }
}

function removeLeftover(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    return; // somebody else's, or another command removes it now
  }
}
