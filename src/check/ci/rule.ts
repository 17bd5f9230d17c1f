/** A rule about pipelines. */

import type { Report, RuleMeta } from "../rule.ts";
import type { CiModel, CiPlace } from "./model.ts";

export interface CiRule {
  readonly meta: RuleMeta;
  /** Looks at all pipelines of a repository at once, since the faults lie between jobs. */
  check(model: CiModel, report: Report<CiPlace>): void;
}
