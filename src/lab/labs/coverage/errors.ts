import { defineErrors, exitStatus } from "../../../core/errors.ts";

/** The codes of the coverage lab. */
export const coverageLabErrors = defineErrors({
  "lab/coverage-toolchain-unusable": {
    exit: exitStatus.dependency,
    what: "a Go toolchain cannot be used",
    why: "It is not on this machine and could not be fetched, or it is older than Go 1.21, which knows no GOTOOLCHAIN.",
    todo: "Name another with --toolchain, as in go1.25.0, or see what `GOTOOLCHAIN=go1.25.0 go version` says.",
  },
  "lab/coverage-run-failed": {
    exit: exitStatus.dependency,
    what: "a command of the experiment ended otherwise than it must",
    why: "Go could not build or test the small module that the experiment writes.",
    todo: "Run `go test testing` by hand; if it works, this is a bug in Ballast.",
  },
});
