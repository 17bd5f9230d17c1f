/** A package variable raced for. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/package-variable-race",
    title: "a package variable raced for",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "package variable",
  "A package variable is shared by all goroutines; unordered reads and writes may see half-written or stale values.",
);
