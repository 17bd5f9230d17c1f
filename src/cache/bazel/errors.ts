import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of Bazel's part of the cache. */
export const bazelErrors = defineErrors({
  "bazel/message-malformed": {
    exit: exitStatus.dependency,
    httpStatus: 400,
    what: "An action result could not be understood",
    why: "The body of a PUT to /ac/ is not an ActionResult of the Remote Execution API, or names too much.",
    todo: "Nothing was stored. Check that the client is Bazel, or speaks its HTTP cache protocol.",
  },
  "bazel/result-incomplete": {
    exit: exitStatus.dependency,
    httpStatus: 422,
    what: "An action result names outputs that the cache does not hold",
    why: "Their upload failed or was refused, or they have been removed since; whoever got this result could not use it.",
    todo: "Nothing: the action is run again by whoever needs it. The server's log says which uploads were refused.",
  },
});
