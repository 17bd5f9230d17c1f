/** A send or receive with nobody on the other side. */

import { stuckOn } from "../../../go/concurrency/deadlocks.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/stuck-on-channel",
    title: "a goroutine that waits for ever on a channel of its own",
    category: "deadlock",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "Nobody else has the channel, and all who could serve it have ended: the goroutine and all it holds stay for ever.",
  "medium",
  (pkg) => stuckOn(pkg, "channel"),
);
