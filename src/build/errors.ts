import { defineErrors, exitStatus } from "../core/errors.ts";

export const buildErrors = defineErrors({
  "build/go-not-found": {
    exit: exitStatus.dependency,
    what: "There is no go command",
    why: "No executable named `go` is in any folder of PATH.",
    todo: "Install Go 1.24 or newer from https://go.dev/dl, or add its bin folder to PATH.",
  },
  "build/unquotable-word": {
    exit: exitStatus.usage,
    what: "A word cannot be written into GOCACHEPROG",
    why: "Go splits the value on spaces and knows quotes but no escapes, so a word may hold ' or \" but not both.",
    todo: "Use a path or a value without one of the two quotes.",
  },
});
