import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of reading, merging and writing coverage. */
export const coverErrors = defineErrors({
  "go/cover-unreadable": {
    exit: exitStatus.usage,
    what: "a coverage profile cannot be read",
    why: "There is no such file or folder, or this user may not read it.",
    todo: "Check the path. `go test` writes a profile only with -coverprofile, and a covered program only into GOCOVERDIR.",
  },
  "go/cover-malformed": {
    exit: exitStatus.usage,
    what: "a coverage profile is damaged or is none",
    why: "A profile begins with `mode: set`, `count` or `atomic`, and has one block on each further line.",
    todo: "Make the profile again; a run that was killed leaves half a line at the end.",
  },
  "go/cover-too-large": {
    exit: exitStatus.usage,
    what: "a coverage profile is larger than what is read",
    why: "Profiles come from elsewhere, so their bytes, lines, files and blocks are limited.",
    todo: "Give fewer packages to one profile, or merge the profiles of one -coverpkg run package by package.",
  },
  "go/cover-modes-mixed": {
    exit: exitStatus.usage,
    what: "coverage of different modes is mixed",
    why: "`set` holds 0 or 1, `count` and `atomic` hold numbers of runs: one cannot be added to the other.",
    todo: "Make all profiles with one -covermode. With -race the mode is atomic unless -covermode says otherwise.",
  },
  "go/cover-blocks-contradict": {
    exit: exitStatus.usage,
    what: "profiles of different sources or toolchains would be merged",
    why: "Blocks of one file overlap or differ in their statements, so they were not cut from one source by one toolchain; their sum means nothing.",
    todo: "Make all profiles from one commit by one Go version, or merge those that belong together.",
  },
});
