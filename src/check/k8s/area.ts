/** The area `k8s`, as the engine runs it. */

import { createReport } from "../area.ts";
import type { RunArea } from "../area.ts";
import type { Finding } from "../finding.ts";
import { treeOf } from "../source-tree.ts";
import type { SourceTree } from "../source-tree.ts";
import { loadManifests } from "./load.ts";
import type { K8sModel, K8sPlace } from "./model.ts";
import type { K8sRule } from "./rule.ts";

/** Runs those of `rules` that a request asks for. */
export function k8sArea(rules: readonly K8sRule[]): RunArea {
  return async (request) => {
    const chosen = rules.filter(({ meta }) => request.rules.has(meta.id));
    const model = await loadManifests(treeOf(request));
    const checked = new Set(model.workloads.map(({ source }) => source.path));
    return { findings: runK8sRules(model, chosen), partial: model.partial, checkedFiles: checked.size };
  };
}

/** The findings of `rules` in a tree, for the tests of rules. */
export async function checkManifests(tree: SourceTree, rules: readonly K8sRule[]): Promise<readonly Finding[]> {
  return runK8sRules(await loadManifests(tree), rules);
}

function runK8sRules(model: K8sModel, rules: readonly K8sRule[]): Finding[] {
  const findings: Finding[] = [];
  for (const rule of rules) {
    const report = createReport(rule.meta, (place: K8sPlace) => place, findings);
    rule.check(model, report);
  }
  return findings;
}
