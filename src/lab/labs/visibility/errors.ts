import { defineErrors, exitStatus } from "../../../core/errors.ts";

/** The codes of the visibility lab. */
export const visibilityErrors = defineErrors({
  "lab/visibility-build-failed": {
    exit: exitStatus.dependency,
    what: "the package cannot be built for the visibility lab",
    why: "go could not find it, or it does not compile without settings of the environment: GOFLAGS and go env -w do not count here.",
    todo: "Read what go printed. Build it yourself, and give --program and --race-program, where it needs flags.",
  },
  "lab/visibility-nothing-to-run": {
    exit: exitStatus.usage,
    what: "the package has neither tests nor a main function",
    why: "The lab judges by what a program does when it runs.",
    todo: "Name a package with tests, a main package, or a program by --program.",
  },
  "lab/visibility-arguments": {
    exit: exitStatus.usage,
    what: "these arguments of the visibility lab do not go together",
    why: "A package and a program cannot be examined at once, and --run and --race-program each belong to one of them.",
    todo: "Give a package, with --run for its tests; or --program with its arguments after --.",
  },
});
