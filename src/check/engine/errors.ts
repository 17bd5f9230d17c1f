import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast check`. */
export const checkErrors = defineErrors({
  "check/path-missing": {
    exit: exitStatus.usage,
    what: "a path to check does not exist",
    why: "A path that is not there would pass as clean.",
    todo: "Correct the path; it is taken from the working directory.",
  },
  "check/rule-unknown": {
    exit: exitStatus.usage,
    what: "there is no such rule",
    why: "A misspelt rule would be on, or off, without anybody noticing.",
    todo: "Correct the id; `ballast explain --list` lists them.",
  },
  "check/build-malformed": {
    exit: exitStatus.usage,
    what: "an entry of the matrix is malformed",
    why: "Each entry names one build: GOOS/GOARCH, or GOOS/GOARCH:TAG+TAG.",
    todo: "Write it like linux/amd64 or windows/arm64:race+integration.",
  },
  "check/base-unknown": {
    exit: exitStatus.usage,
    what: "the base to compare with cannot be read",
    why: "`--diff` needs a Git checkout in which BASE is a commit that was fetched.",
    todo: "Fetch it (`fetch-depth: 0`, or `git fetch origin BASE`), or correct its name.",
  },
  "check/baseline-unreadable": {
    exit: exitStatus.usage,
    what: "the baseline cannot be read",
    why: "The file is not there, is too large, or was not written by `--update-baseline`.",
    todo: "Write it with `ballast check --baseline FILE --update-baseline`.",
  },
  "check/race-log-unreadable": {
    exit: exitStatus.usage,
    what: "the race log cannot be read",
    why: "The file is not there, is too large, or holds no report of Go's race detector.",
    todo: "Give the output of `go test -race` or of a program built with `-race`.",
  },
  "check/fix-not-written": {
    exit: exitStatus.dependency,
    what: "a fix could not be written",
    why: "The file changed while it was checked, or its folder cannot be written.",
    todo: "Check that nothing else writes the file and that you may, then try again.",
  },
  "check/flags-contradict": {
    exit: exitStatus.usage,
    what: "two flags contradict each other",
    why: "They ask for things that cannot be had together.",
    todo: "Leave one of them out.",
  },
});
