import { defineErrors, exitStatus } from "../../../core/errors.ts";

/** The codes of a node's backup and restore. */
export const backupErrors = defineErrors({
  "node/backup-under-way": {
    exit: exitStatus.dependency,
    httpStatus: 409,
    what: "A backup of this node is being made already",
    why: "Each takes room on the node's disk for its index, so that there is one at a time.",
    todo: "Wait for the other one.",
  },
  "node/backup-invalid": {
    exit: exitStatus.dependency,
    what: "This is no whole backup of a node",
    why: "The file is something else, was cut off while it was written, or has been changed since.",
    todo: "Use another backup; nothing was restored.",
  },
  "node/folder-in-the-way": {
    exit: exitStatus.usage,
    what: "A node cannot be restored over something",
    why: "The folder is there and not empty; a restored node would be a mixture of both.",
    todo: "Name a folder that does not exist, or move the old one away.",
  },
  "node/backup-unusable": {
    exit: exitStatus.dependency,
    what: "The backup's file cannot be read or written",
    why: "The operating system refused: a missing folder, a permission, a full disk.",
    todo: "Check the path and the room on its disk.",
  },
});
