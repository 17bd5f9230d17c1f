/** The area `docker`, as the engine runs it. */

import { createReport } from "../area.ts";
import type { RunArea } from "../area.ts";
import type { Finding } from "../finding.ts";
import { treeOf } from "../source-tree.ts";
import type { SourceTree } from "../source-tree.ts";
import { loadImages } from "./load.ts";
import type { ImageModel, ImagePlace } from "./model.ts";
import type { DockerRule } from "./rule.ts";

/** Runs those of `rules` that a request asks for. */
export function dockerArea(rules: readonly DockerRule[]): RunArea {
  return async (request) => {
    const chosen = rules.filter(({ meta }) => request.rules.has(meta.id));
    const model = await loadImages(treeOf(request));
    const checked = new Set(
      [...model.dockerfiles, ...model.builds.map(({ source }) => source)].map(({ path }) => path),
    );
    return { findings: runDockerRules(model, chosen), partial: model.partial, checkedFiles: checked.size };
  };
}

/** The findings of `rules` in a tree, for the tests of rules. */
export async function checkImages(tree: SourceTree, rules: readonly DockerRule[]): Promise<readonly Finding[]> {
  return runDockerRules(await loadImages(tree), rules);
}

function runDockerRules(model: ImageModel, rules: readonly DockerRule[]): Finding[] {
  const findings: Finding[] = [];
  for (const rule of rules) {
    const report = createReport(rule.meta, (place: ImagePlace) => place, findings);
    rule.check(model, report);
  }
  return findings;
}
