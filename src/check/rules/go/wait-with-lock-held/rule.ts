/** Waiting with a lock held for someone who needs it first. */

import { waitsUnderLock } from "../../../go/concurrency/held-waits.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/wait-with-lock-held",
    title: "waiting, with a lock held, for someone who needs that lock",
    category: "deadlock",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "The one that is waited for cannot get the lock, and the lock is not released before it comes.",
  "medium",
  waitsUnderLock,
);
