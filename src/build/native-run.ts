/**
 * When everything that a run needs is on this machine, the helper is pure cost: Go alone is faster. Whether that is so
 * is guessed from the last run of the same command; whether the guess was right is seen afterwards.
 *
 * It cannot make a build wrong: the folder is GOCACHE's own format and the scope's own, its bodies are looked at
 * before, and Go decides what is up to date as it always does. A wrong guess means that Go compiles what a server
 * might have had, and that what it compiled must be sent afterwards.
 */

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CacheFolder } from "../cache/local/folder.ts";
import { LocalTier } from "../cache/local/local-tier.ts";

/** What one command's last run found to be local. */
export interface LocalRun {
  readonly fingerprint: string;
  /** The actions that it used, 32 bytes each. */
  readonly actions: Buffer;
}

const fingerprintLength = 64;

/** Where the memory of a command is kept. `command` tells it from others, arguments and folder included. */
export function localRunPath(folder: CacheFolder, command: string): string {
  const name = new Bun.CryptoHasher("sha256").update(command).digest("hex").slice(0, 32);
  return join(folder.ballastPath, "runs", name);
}

/** Remembers a run that needed nobody. A folder that cannot be written to is not worth a word. */
export function rememberLocalRun(path: string, run: LocalRun): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(temporary, Buffer.concat([Buffer.from(run.fingerprint, "latin1"), run.actions]));
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
}

export function forgetLocalRun(path: string): void {
  rmSync(path, { force: true });
}

function readLocalRun(path: string): LocalRun | undefined {
  try {
    const bytes = readFileSync(path);
    const fingerprint = bytes.toString("latin1", 0, fingerprintLength);
    return { fingerprint, actions: bytes.subarray(fingerprintLength) };
  } catch {
    return undefined; // never run here, or not all local
  }
}

/** Whether the command can be left to Go alone: its last run was all local, and all of that is still there, undamaged. */
export function canRunNatively(path: string, fingerprint: string, folder: CacheFolder): boolean {
  const last = readLocalRun(path);
  if (last === undefined || last.fingerprint !== fingerprint || last.actions.length % 32 !== 0) return false;
  const tier = new LocalTier({ folder, toolchainTag: 0, nowMs: Date.now, name: "n" });
  return tier.holdsAll(last.actions);
}

/** Changes when Go puts an entry into the folder. 256 `stat` calls take half a millisecond. */
export function folderPrint(folder: CacheFolder): string {
  const times: number[] = [];
  for (let i = 0; i < 256; i++) {
    const info = statSync(`${folder.path}/${i.toString(16).padStart(2, "0")}`, { throwIfNoEntry: false });
    times.push(info?.mtimeMs ?? 0);
  }
  return times.join(" ");
}
