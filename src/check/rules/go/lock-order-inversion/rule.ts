/** Two goroutines that take two locks in opposite orders can wait for each other. */

import { lockInversions } from "../../../go/concurrency/deadlocks.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/lock-order-inversion",
    title: "two locks taken in one order here and in the other there",
    category: "deadlock",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "When each of two goroutines holds the lock that the other one wants next, neither goes on.",
  "medium",
  lockInversions,
);
