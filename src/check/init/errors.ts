import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast init` and `ballast image init`. */
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
  "check/image-no-program": {
    exit: exitStatus.usage,
    what: "it is not clear which program the image is for",
    why: "A Dockerfile runs one program; here is none, or there are several, or none of that name.",
    todo: "Name one by --program FOLDER. Programs below examples, tools, scripts and internal folders are not listed.",
  },
  "check/image-exists": {
    exit: exitStatus.usage,
    what: "there is a Dockerfile already",
    why: "`ballast image init` never replaces a file unless it is told to.",
    todo: "Mend that one by `ballast check --fix`, choose another by --file, or replace it by --force.",
  },
  "check/image-name-odd": {
    exit: exitStatus.usage,
    what: "that is no image's name",
    why: "A Dockerfile would read it as something else.",
    todo: "Write it as REPOSITORY:TAG, or REPOSITORY@sha256:DIGEST.",
  },
});
