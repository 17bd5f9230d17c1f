/** A field of a shared object raced for. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/field-race",
    title: "a field of a shared object raced for",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "field",
  "Whoever has a pointer shares the object; unordered reads and writes of a field may see half-written or stale values.",
);
