/** A channel closed while others may still send on it. */

import { raceRule } from "../../../go/concurrency/race-rule.ts";

export const rule = raceRule(
  {
    id: "go/close-races-with-send",
    title: "a channel closed while others may still send on it",
    category: "data-race",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  "close and send",
  "Sending on a closed channel panics, and nothing here makes sure that the last send comes before the close.",
);
