/** What starts a workflow, and how far that may be trusted. Source: GitHub's page on events that trigger workflows. */

import { type YamlNode, yamlChild, yamlEntries, yamlItems } from "../../yaml/yaml-node.ts";
import type { Trigger, Trust } from "../model.ts";
import { placeOf } from "../read-context.ts";

/**
 * Events that a stranger can cause and whose runs have the default branch's token and caches. GitHub gives runs of
 * `pull_request` a cache scope of their own (refs/pull/N/merge), which the base branch never reads.
 */
const exposed = new Set([
  "pull_request_target",
  "issue_comment",
  "issues",
  "workflow_run",
  "discussion",
  "discussion_comment",
]);
const isolated = new Set(["pull_request", "pull_request_review", "pull_request_review_comment"]);

function trustOf(event: string): Trust {
  if (exposed.has(event)) return "exposed";
  return isolated.has(event) ? "isolated" : "trusted";
}

export function readTriggers(path: string, on: YamlNode | undefined): readonly Trigger[] {
  if (on === undefined) return [];
  if (on.kind === "map") {
    return yamlEntries(on).map(([name, { key }]) => ({ name, trust: trustOf(name), place: placeOf(path, key) }));
  }
  return yamlItems(on).map((item) => ({ name: item.text, trust: trustOf(item.text), place: placeOf(path, item) }));
}

/** The inputs of `workflow_call` or of an action, by name, with their defaults. */
export function inputDefaults(inputs: YamlNode | undefined): ReadonlyMap<string, string> {
  const found = yamlEntries(inputs).map(([name, { value }]) => {
    const given = yamlChild(value, "default");
    return [name.toLowerCase(), given?.text ?? ""] as const;
  });
  return new Map(found);
}
