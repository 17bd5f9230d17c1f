/** The area `ci`, as the engine runs it. */

import { type FilePlace, type RunArea, createReport } from "../area.ts";
import type { Finding } from "../finding.ts";
import type { Report } from "../rule.ts";
import { type SourceText, createSourceText, rangeAt } from "../source-text.ts";
import type { SourceTree } from "../source-tree.ts";
import { loadPipelines } from "./load.ts";
import type { CiModel, CiPlace } from "./model.ts";
import type { CiRule } from "./rule.ts";

/** Runs those of `rules` that a request asks for. */
export function ciArea(rules: readonly CiRule[]): RunArea {
  return async (request) => {
    const chosen = rules.filter(({ meta }) => request.rules.has(meta.id));
    const model = await loadPipelines({ paths: request.paths, read: request.readText });
    const { partial, checked } = model;
    return { findings: runCiRules(model, chosen), partial, checkedFiles: checked.length };
  };
}

/** The findings of `rules` in a tree, for the tests of rules. */
export async function checkPipelines(tree: SourceTree, rules: readonly CiRule[]): Promise<readonly Finding[]> {
  return runCiRules(await loadPipelines(tree), rules);
}

/** The findings of `rules` in a model. */
export function runCiRules(model: CiModel, rules: readonly CiRule[]): readonly Finding[] {
  const findings: Finding[] = [];
  const sources = new Map<string, SourceText>();
  const locate = (place: CiPlace): FilePlace => {
    const source = sources.get(place.path) ?? createSourceText(place.path, model.textOf(place.path));
    sources.set(place.path, source);
    return { path: place.path, ...rangeAt(source, place.start, place.end) };
  };
  for (const rule of rules) rule.check(model, onceForEachPlace(createReport(rule.meta, locate, findings)));
  return findings;
}

/** Combinations of a matrix, and jobs that share an anchor, say the same of one place. */
function onceForEachPlace(report: Report<CiPlace>): Report<CiPlace> {
  const seen = new Set<string>();
  return (place, finding) => {
    const id = `${place.path}:${place.start}`;
    if (seen.has(id)) return;
    seen.add(id);
    report(place, finding);
  };
}

/** Where a fixture of one file lies in its tree: what it is, is told from its name or its text. */
export function fixturePath(name: string, text: string): string {
  if (/jenkinsfile|\.groovy$/i.test(name)) return "Jenkinsfile";
  return /^jobs:/m.test(text) ? ".github/workflows/ci.yml" : ".gitlab-ci.yml";
}
