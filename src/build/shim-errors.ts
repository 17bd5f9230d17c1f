import { defineErrors, exitStatus } from "../core/errors.ts";

/** The codes of `ballast shim`. */
export const shimErrors = defineErrors({
  "build/shim-not-written": {
    exit: exitStatus.usage,
    what: "the shim cannot be written",
    why: "The folder cannot be written to, or holds another file named go, which is left alone.",
    todo: "Name a folder of its own, for instance ./.ballast/bin or $RUNNER_TEMP/ballast.",
  },
});
