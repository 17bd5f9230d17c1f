import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast why`. */
export const whyErrors = defineErrors({
  "build/record-unreadable": {
    exit: exitStatus.usage,
    what: "a record of a run cannot be read",
    why: "The file is not there, is damaged, or was written by another version.",
    todo: "`ballast why --list` shows the records that there are; run the command with `ballast go --record` again.",
  },
  "build/no-record": {
    exit: exitStatus.usage,
    what: "there are not two runs to compare",
    why: "Runs are recorded on demand only, and at least two of this module are needed.",
    todo: "Run the command with `ballast go --record`, or set `build.record: true`, in both places.",
  },
});
