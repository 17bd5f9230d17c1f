import { defineErrors, exitStatus } from "../../core/errors.ts";

export const helperErrors = defineErrors({
  "helper/outbox-left": {
    exit: exitStatus.dependency,
    what: "Not everything that was built could be sent to the cache server",
    why: "The server could not be reached, refused, or was too slow for the time that was given.",
    todo: "Look at `ballast doctor`. What is left is tried again by the next run or `ballast flush`, for a day.",
  },
});
