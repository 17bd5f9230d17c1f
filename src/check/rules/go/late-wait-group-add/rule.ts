/** Add of a wait group inside the goroutine that is waited for. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/late-wait-group-add",
    title: "Add of a wait group inside the goroutine that is waited for",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "late add",
  "Wait can find a counter of zero before the goroutine has added itself, and then returns too early.",
);
