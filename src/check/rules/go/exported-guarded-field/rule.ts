/** A lock guards an exported field, and nobody outside of the package can take it. */

import { unlockableFields } from "../../../go/concurrency/foreign-guards.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/exported-guarded-field",
    title: "an exported field guarded by a lock that other packages cannot take",
    category: "data-race",
    severity: "info",
    since: "0.2.0",
    byDefault: true,
  },
  "Whoever reads or writes the field from another package does it without the lock; a method that takes it can be used safely.",
  "medium",
  unlockableFields,
);
