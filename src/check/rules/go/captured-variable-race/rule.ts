/** A captured variable raced for. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/captured-variable-race",
    title: "a captured variable raced for",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "captured variable",
  "A goroutine shares the variables it captures with the function around it; without synchronisation each may see half of what the other wrote.",
);
