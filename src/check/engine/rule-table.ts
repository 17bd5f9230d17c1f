/** Every rule that a report may name: those with a folder, those of `go vet`, and the engine's own. */

import type { ReportRule } from "../../report/report.ts";
import { ruleMetas } from "../generated/rules.ts";
import { vetRules } from "../go/vet/analysers.ts";
import type { RuleMeta } from "../rule.ts";
import { directiveRules } from "./suppression.ts";

/** In the order of their ids. */
export function allRules(): readonly RuleMeta[] {
  return [...ruleMetas, ...vetRules, ...Object.values(directiveRules)].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The rules as reports list them, with their pages. */
export async function describeRules(rulesUrl: string): Promise<readonly ReportRule[]> {
  const { ruleDocs } = await import("../generated/rule-docs.ts");
  return allRules().map(({ id, title, category, severity, since, byDefault }) => ({
    id,
    title,
    category,
    severity,
    since,
    byDefault,
    doc: ruleDocs[id] ?? "",
    helpUri: new URL(id, rulesUrl).href,
  }));
}
