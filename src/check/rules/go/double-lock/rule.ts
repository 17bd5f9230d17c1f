/** Locks are not recursive: taking one twice waits for oneself. */

import { doubleLocks } from "../../../go/concurrency/deadlocks.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/double-lock",
    title: "a lock taken again by the goroutine that holds it",
    category: "deadlock",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "Go's locks are not recursive: the second Lock waits for an Unlock that can only come after it.",
  "high",
  doubleLocks,
);
