/** Double-checked locking without an atomic. */

import { doubleChecked } from "../../../go/concurrency/guards.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/double-checked-lock",
    title: "a look without the lock that decides about a write under it",
    category: "data-race",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  "The look without the lock races with the write, and may see the variable set but not yet what it points to.",
  "medium",
  doubleChecked,
);
