/** Which lock guards a field is inferred from how the package uses it. */

import { foreignUnguarded } from "../../../go/concurrency/foreign-guards.ts";
import { unguardedReports } from "../../../go/concurrency/guards.ts";
import { waitRule } from "../../../go/concurrency/wait-rule.ts";

export const rule = waitRule(
  {
    id: "go/unguarded-field",
    title: "a field used without the lock that guards it elsewhere",
    category: "data-race",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  "A lock guards a field only if everybody holds it; one access without it races with all the others.",
  "medium",
  (pkg) => [...unguardedReports(pkg), ...foreignUnguarded(pkg)],
);
