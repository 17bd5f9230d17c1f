import { defineErrors, exitStatus } from "../core/errors.ts";

/** The codes of `ballast prepare`. */
export const prepareErrors = defineErrors({
  "build/not-a-checkout": {
    exit: exitStatus.usage,
    what: "There is no git checkout here",
    why: "File times are set for what git tracks, and git finds no working tree at this folder, or refuses it.",
    todo: "Name a folder of a checkout. If git speaks of dubious ownership, allow it with `git config --global --add safe.directory DIR`.",
  },
});
