/** Rules about waiting: each tells what one analysis of the runs found. */

import type { Confidence } from "../../finding.ts";
import type { RuleMeta } from "../../rule.ts";
import type { GoPackage } from "../program.ts";
import type { GoRule } from "../rule.ts";
import type { WaitReport } from "./wait-report.ts";

export function waitRule(
  meta: RuleMeta,
  why: string,
  confidence: Confidence,
  find: (pkg: GoPackage) => readonly WaitReport[],
): GoRule {
  return {
    meta,
    check: (pkg, report) => {
      for (const { place, message, related } of find(pkg)) report(place, { message, why, confidence, related });
    },
  };
}
