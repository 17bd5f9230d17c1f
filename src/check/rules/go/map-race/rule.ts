/** A map used by goroutines without a lock. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/map-race",
    title: "a map used by goroutines without a lock",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "map",
  "A map is not safe for concurrent use: the runtime ends the program when it notices a write beside another access.",
);
