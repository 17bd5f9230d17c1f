/** Sending on a closed channel panics. */

import { channelPanics } from "../../../go/concurrency/deadlocks.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/send-on-closed",
    title: "a send on a channel that is already closed",
    category: "deadlock",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "Sending on a closed channel panics.",
  "high",
  (pkg) => channelPanics(pkg, "send on closed"),
);
