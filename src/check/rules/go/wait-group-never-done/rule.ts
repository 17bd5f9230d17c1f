/** A Wait that nobody ends. */

import { stuckOn } from "../../../go/concurrency/deadlocks.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/wait-group-never-done",
    title: "Wait of a wait group that never comes to zero",
    category: "deadlock",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "Wait returns at zero only, and everybody who could call Done has ended.",
  "medium",
  (pkg) => stuckOn(pkg, "group"),
);
