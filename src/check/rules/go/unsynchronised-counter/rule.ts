/** A counter that goroutines change without synchronisation. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/unsynchronised-counter",
    title: "a counter that goroutines change without synchronisation",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "counter",
  "`x++` reads, adds and writes: of two at the same time one is lost.",
);
