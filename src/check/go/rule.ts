/** What a Go rule is: it sees one package after another, in dependency order, and reports places. */

import type { Report, RuleMeta } from "../rule.ts";
import type { GoPackage, GoPlace } from "./program.ts";

export interface GoRule {
  readonly meta: RuleMeta;
  /**
   * Called once for each package, also for those whose findings nobody wants (another version's files, an unchanged
   * package), so that summaries are complete.
   */
  check(pkg: GoPackage, report: Report<GoPlace>): void;
}
