/**
 * Programs that go would take away from where they lie: it copies a program out of its GOCACHE, and moves one from
 * anywhere else to where the command wants it (`moveOrCopyFile` in `cmd/go/internal/work/shell.go`).
 */

import { closeSync, openSync, readSync } from "node:fs";
import { isElf } from "../../go/body-kind.ts";

/** @param goFolder GOCACHE as go has it */
export function isMovedAway(path: string, goFolder: string): boolean {
  return !path.startsWith(`${goFolder}/`) && startsAsProgram(path);
}

function startsAsProgram(path: string): boolean {
  const head = Buffer.alloc(4);
  try {
    const file = openSync(path, "r");
    try {
      readSync(file, head, 0, head.length, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return true; // not for us to read: nothing to answer with
  }
  return isElf(head);
}
