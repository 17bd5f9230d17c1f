/** Removing entries and bodies from a folder: by unlinking only, so that whoever has a body open keeps it. */

import { rmSync, statSync } from "node:fs";
import { actionPath, outputPath } from "../../go/gocache/entry-file.ts";
import type { CacheFolder } from "../local/folder.ts";
import { dropRecords } from "../local/index-file.ts";
import { inspectErrors } from "./errors.ts";
import type { FolderContents } from "./folder-scan.ts";

export interface RemovalReport {
  readonly entries: number;
  readonly outputs: number;
  /** Of the bodies that went. */
  readonly freedBytes: number;
}

/** What is to go: entries by action, bodies by output. */
export interface Removal {
  readonly actions: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
}

/** Entries, and with them the bodies that no other entry names. */
export function withUnnamedBodies(contents: FolderContents, actions: ReadonlySet<string>): Removal {
  const kept = new Set<string>();
  const outputs = new Set<string>();
  for (const { action, output } of contents.entries) (actions.has(action) ? outputs : kept).add(output);
  return { actions, outputs: new Set([...outputs].filter((output) => !kept.has(output))) };
}

/** What a removal would be, without doing it. */
export function foresee(contents: FolderContents, removal: Removal): RemovalReport {
  const bodies = [...removal.outputs].map((output) => contents.bodies.get(output)).filter((body) => body !== undefined);
  const freedBytes = bodies.reduce((sum, body) => sum + body.sizeBytes, 0);
  return { entries: removal.actions.size, outputs: bodies.length, freedBytes };
}

/**
 * Removes; throws `inspect/folder-unwritable`. Entries go first, so that nobody is sent to a body that is
 * about to go; then bodies, but for those that were used since the folder was read; then the index's records.
 */
export function remove(folder: CacheFolder, contents: FolderContents, removal: Removal): RemovalReport {
  return writing(folder.path, () => removeFiles(folder, contents, removal));
}

/** Runs what writes to a folder; a refusal of the file system is `inspect/folder-unwritable`. */
export function writing<Value>(path: string, act: () => Value): Value {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw inspectErrors.error("inspect/folder-unwritable", `${path}: ${cause.message}`, { cause });
  }
}

function removeFiles(folder: CacheFolder, contents: FolderContents, removal: Removal): RemovalReport {
  for (const action of removal.actions) rmSync(actionPath(folder.path, action), { force: true });
  let outputs = 0;
  let freedBytes = 0;
  for (const output of removal.outputs) {
    const body = contents.bodies.get(output);
    const path = outputPath(folder.path, output);
    const now = statSync(path, { throwIfNoEntry: false });
    if (body === undefined || now === undefined || now.mtimeMs > body.usedMs) continue;
    rmSync(path, { recursive: body.isExecutable, force: true });
    outputs++;
    freedBytes += body.sizeBytes;
  }
  const { actions } = removal;
  dropRecords(`${folder.ballastPath}/index`, (record) => actions.has(Buffer.from(record.action).toString("hex")));
  return { entries: actions.size, outputs, freedBytes };
}
