import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast init`. */
export const initErrors = defineErrors({
  "check/init-no-module": {
    exit: exitStatus.usage,
    what: "there is no Go module here",
    why: "`ballast init` writes files for a repository of Go code, and found no go.mod in it.",
    todo: "Name the folder of the repository, or make a module first: `go mod init`.",
  },
  "check/init-not-agreed": {
    exit: exitStatus.usage,
    what: "nobody agreed to the changes",
    why: "Standard input is no terminal, so nobody can be asked.",
    todo: "Look at the changes with --dry-run, then run it with --yes.",
  },
  "check/init-not-written": {
    exit: exitStatus.dependency,
    what: "a file was not written",
    why: "It changed meanwhile, a symlink leads out of the repository, or the disk refused it.",
    todo: "Look at what the message says, and run it again; what was written before is as it was shown.",
  },
});
