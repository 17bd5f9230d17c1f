import { defineErrors, exitStatus } from "../core/errors.ts";

/** The codes of the labs' frame. */
export const labErrors = defineErrors({
  "lab/budget-too-small": {
    exit: exitStatus.usage,
    what: "the budget is too small for this experiment",
    why: "Not even the smallest design that could tell anything would end in time, as far as it can be estimated.",
    todo: "Give a larger --budget, or vary fewer factors.",
  },
  "lab/resume-with-flags": {
    exit: exitStatus.usage,
    what: "an experiment is resumed with what it was started with",
    why: "Runs that were made under other flags would be mixed with these.",
    todo: "Leave the other flags out, or start anew without --resume.",
  },
  "lab/folder-in-use": {
    exit: exitStatus.usage,
    what: "the folder for raw values holds something already",
    why: "The values of two experiments must not lie in one folder.",
    todo: "Name an empty folder or one that is not there yet, or go on with --resume.",
  },
  "lab/state-unreadable": {
    exit: exitStatus.usage,
    what: "there is no experiment to go on with in this folder",
    why: "The files lab.json and runs.jsonl are not there, are damaged, or belong to another lab or version.",
    todo: "Check the path; otherwise start anew.",
  },
  "lab/resume-elsewhere": {
    exit: exitStatus.usage,
    what: "what the experiment is made on has changed since it began",
    why: "Runs with another toolchain, other sources or on another machine cannot be compared with those before.",
    todo: "Restore what changed, or start anew without --resume.",
  },
  "lab/folder-unusable": {
    exit: exitStatus.dependency,
    what: "a folder that the experiment needs cannot be written",
    why: "The disk is full or read-only, or the folder belongs to somebody else.",
    todo: "Give the disk room, or set TMPDIR, XDG_CACHE_HOME or --dir to a folder that can be written.",
  },
  "lab/interrupted": {
    exit: exitStatus.dependency,
    what: "the experiment was stopped before its end",
    why: "Ballast was told to stop.",
    todo: "Go on with --resume and the folder that was named.",
  },
  "lab/go-unusable": {
    exit: exitStatus.dependency,
    what: "go cannot be used for an experiment",
    why: "It is not on PATH, or it does not answer to `go env` in the module's folder.",
    todo: "Install Go, or run the same command by hand to see what it says.",
  },
});
