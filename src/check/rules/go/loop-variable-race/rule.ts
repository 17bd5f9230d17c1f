/** A loop's variable shared by the goroutines that it starts. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/loop-variable-race",
    title: "a loop's variable shared by the goroutines that it starts",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "loop variable",
  "Before Go 1.22 a loop had one variable for all turns, so goroutines read it while the loop goes on writing it.",
);
