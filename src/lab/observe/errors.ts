import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast observe`. */
export const observeErrors = defineErrors({
  "lab/observe-nothing": {
    exit: exitStatus.usage,
    what: "there is nothing to observe, or too much at once",
    why: "Observe either starts a program, looks at a running one, or reads a program's metrics.",
    todo: "Give one of: -- PROGRAM ARGS…, --pid PID, --url URL.",
  },
  "lab/observe-process-gone": {
    exit: exitStatus.dependency,
    what: "there is no process with this number that can be looked at",
    why: "It has ended, belongs to another PID namespace, or the system has no /proc.",
    todo: "Check the number with ps, in the same container.",
  },
  "lab/observe-url-unreadable": {
    exit: exitStatus.dependency,
    what: "the metrics cannot be read",
    why: "The address does not answer in time, answers with a failure or too much, or with neither Prometheus text nor /debug/vars.",
    todo: "Read it with curl; a Go program shows them by expvar under /debug/vars or by promhttp under /metrics.",
  },
});
