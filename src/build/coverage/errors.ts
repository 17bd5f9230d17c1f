import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of the coverage guard. */
export const coverageErrors = defineErrors({
  "build/coverage-nothing-given": {
    exit: exitStatus.usage,
    what: "no profile is named",
    why: "`coverage compare` needs two profiles or GOCOVERDIR folders, `coverage merge` at least one.",
    todo: "Name the files, as in `ballast coverage compare main.out cover.out`.",
  },
  "build/coverage-seen-invalid": {
    exit: exitStatus.usage,
    what: "the figures of another tool cannot be read",
    why: "--seen takes two percentages with a comma between them, the old one first.",
    todo: "Write it as in `--seen 62,98` or `--seen 71.4%,55.6%`.",
  },
  "build/coverage-no-such-base": {
    exit: exitStatus.usage,
    what: "the changed lines cannot be found",
    why: "--diff needs a checkout in which git knows the commit that is named.",
    todo: "Fetch the commit (a shallow clone lacks it), or give one that `git rev-parse` knows.",
  },
  "build/coverage-output-unwritable": {
    exit: exitStatus.dependency,
    what: "a coverage report cannot be written",
    why: "Its folder is not there, is read-only, or is full.",
    todo: "Check the path.",
  },
});
