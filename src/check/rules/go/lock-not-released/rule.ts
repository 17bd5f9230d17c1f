/** A lock that one way out gives back and another one keeps. */

import { locksNotReleased } from "../../../go/concurrency/deadlocks.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/lock-not-released",
    title: "a return with the lock still held",
    category: "deadlock",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "The next Lock waits for an Unlock that nobody will call.",
  "medium",
  locksNotReleased,
);
