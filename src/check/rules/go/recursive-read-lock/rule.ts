/** A read lock taken under itself stops with a writer in between. */

import { recursiveReadLocks } from "../../../go/concurrency/deadlocks.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/recursive-read-lock",
    title: "a read lock taken again under itself",
    category: "deadlock",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  "A writer that waits between the two RLocks keeps the second one out, while it waits for the first one to end.",
  "high",
  recursiveReadLocks,
);
