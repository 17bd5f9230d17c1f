/** Taking actions out of a folder, so that neither Ballast nor Go serves them from there. */

import { readdirSync, rmSync } from "node:fs";
import { actionPath } from "../../go/gocache/entry-file.ts";
import type { CacheFolder } from "./folder.ts";
import { dropRecords } from "./index-file.ts";

/** `listed` are the actions, where they are known one by one; else the whole folder is looked through. */
export function forgetActions(
  folder: CacheFolder,
  isGone: (action: Uint8Array) => boolean,
  listed: readonly Buffer[] | undefined,
): void {
  for (const action of listed ?? actionsIn(folder.path)) {
    if (isGone(action)) rmSync(actionPath(folder.path, action.toString("hex")), { force: true });
  }
  dropRecords(`${folder.ballastPath}/index`, ({ action }) => isGone(action));
  // A body without an action is served to nobody, and Go's trim takes it.
}

function* actionsIn(path: string): Generator<Buffer> {
  for (let i = 0; i < 256; i++) {
    for (const name of namesIn(`${path}/${i.toString(16).padStart(2, "0")}`)) {
      if (/^[0-9a-f]{64}-a$/.test(name)) yield Buffer.from(name.slice(0, 64), "hex");
    }
  }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // not there: nothing to forget
  }
}
