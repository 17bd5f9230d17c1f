/**
 * Programs that go would take away from where they lie: it copies a program out of its GOCACHE, and moves one from
 * anywhere else to where the command wants it (`moveOrCopyFile` in `cmd/go/internal/work/shell.go`).
 */

import { readFileHead } from "../../core/file-head.ts";
import { isElf } from "../../go/body-kind.ts";

/** Also of what is not for us to read: that is nothing to answer with. @param goFolder GOCACHE as go has it */
export function isMovedAway(path: string, goFolder: string): boolean {
  if (path.startsWith(`${goFolder}/`)) return false;
  const head = readFileHead(path, 4);
  return head === undefined || isElf(head);
}
