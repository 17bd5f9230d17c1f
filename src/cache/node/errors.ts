import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of the node: its data folder, its index, and what it refuses to keep. */
export const nodeErrors = defineErrors({
  "node/output-unknown": {
    exit: exitStatus.dependency,
    httpStatus: 409,
    what: "An entry names an output that the server does not hold",
    why: "The entry came without its body, and the body was never stored or has been removed since.",
    todo: "Send the entry again with its body; Ballast's own client does that by itself.",
  },
  "node/disk-full": {
    exit: exitStatus.dependency,
    httpStatus: 507,
    what: "The server has no room left for a body",
    why: "The disk of the data folder is full, or a quota is used up.",
    todo: "Free space, or lower --max-size below what the disk can hold; what is stored is still served.",
  },
  "node/folder-in-use": {
    exit: exitStatus.dependency,
    what: "The data folder is used by another server",
    why: "Two servers that write to one folder would overwrite each other's bodies.",
    todo: "Stop the other server, or give this one a folder of its own with --data.",
  },
  "node/folder-unusable": {
    exit: exitStatus.dependency,
    what: "The data folder cannot be used",
    why: "It cannot be made, read or written by this user.",
    todo: "Check the path given with --data, its owner and its permissions.",
  },
  "node/data-too-new": {
    exit: exitStatus.dependency,
    what: "The data folder was written by a newer Ballast",
    why: "Its index has a version that this Ballast does not know, and guessing could serve wrong bytes.",
    todo: "Start the newer Ballast again, or give this one an empty folder with --data.",
  },
  "node/index-damaged": {
    exit: exitStatus.dependency,
    httpStatus: 500,
    what: "The server's index is damaged",
    why: "SQLite found pages that contradict each other, most often after a fault of the disk.",
    todo: "Restart the server: it starts with an empty cache and fills it again.",
  },
  "node/purged": {
    exit: exitStatus.dependency,
    httpStatus: 409,
    what: "An entry was refused because it falls under a purge",
    why: "Somebody took back what this run, or this output, brings, and said that more of it is not wanted.",
    todo: "Nothing: the build goes on with what it made. `ballast cache purge --list` shows the purges that stand.",
  },
  "node/purges-full": {
    exit: exitStatus.dependency,
    httpStatus: 409,
    what: "Too many purges stand already",
    why: "Each of them is compared with each put, so there is a limit of 1,000.",
    todo: "Purge by something that covers more, such as --actor or --since, or wait until some have expired.",
  },
  "node/closed": {
    exit: exitStatus.dependency,
    httpStatus: 503,
    what: "The server is shutting down",
    why: "The request came after the server had begun to end.",
    todo: "Try again when the server is back; builds go on without it.",
  },
});
