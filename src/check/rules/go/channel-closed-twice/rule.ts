/** Closing a closed channel panics. */

import { channelPanics } from "../../../go/concurrency/deadlocks.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/channel-closed-twice",
    title: "a channel closed twice",
    category: "deadlock",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "Closing a closed channel panics.",
  "high",
  (pkg) => channelPanics(pkg, "closed twice"),
);
