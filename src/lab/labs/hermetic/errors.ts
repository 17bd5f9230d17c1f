import { defineErrors, exitStatus } from "../../../core/errors.ts";

/** The codes of `ballast hermetic init`. */
export const hermeticErrors = defineErrors({
  "lab/hermetic-no-module": {
    exit: exitStatus.usage,
    what: "there is no module to write a workspace for",
    why: "The folder has no go.mod with a module line, or the program is no path below it.",
    todo: "Name the module's folder, and the program as go build does: --program ./cmd/app.",
  },
  "lab/hermetic-pin": {
    exit: exitStatus.usage,
    what: "nixpkgs is not pinned",
    why: "A branch or a tag names other packages tomorrow; a commit does not.",
    todo: "Give --nixpkgs the 40 hexadecimal digits of a commit of NixOS/nixpkgs.",
  },
  "lab/hermetic-exists": {
    exit: exitStatus.usage,
    what: "there is a Bazel workspace already",
    why: "`ballast hermetic init` replaces no file unless it is told to.",
    todo: "Move those files away, or replace them with --force.",
  },
});
