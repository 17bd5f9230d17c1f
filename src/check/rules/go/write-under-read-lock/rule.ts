/** A write under a read lock. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/write-under-read-lock",
    title: "a write under a read lock",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "write under read lock",
  "Any number of goroutines may hold a read lock at the same time, so it guards no write.",
);
