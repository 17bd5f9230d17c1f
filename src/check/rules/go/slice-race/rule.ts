/** A slice appended to or written by goroutines. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/slice-race",
    title: "a slice appended to or written by goroutines",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "slice",
  "Slices that share an array share its elements and the room behind them; unordered appends overwrite each other.",
);
