/** A variable used by sync/atomic here and plainly there. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/mixed-atomic-access",
    title: "a variable used by sync/atomic here and plainly there",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "mixed atomic",
  "Atomic operations order nothing with plain ones: the plain access still races.",
);
