import { compilesGo, containersOf, envOf } from "../../../k8s/go-pods.ts";
import type { K8sRule } from "../../../k8s/rule.ts";
import type { Container } from "../../../k8s/model.ts";
import { memoryBytes } from "../../../k8s/quantity.ts";
import type { Fix } from "../../../finding.ts";
import { yamlItems } from "../../../yaml/yaml-node.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/memory-limit-unknown-to-go",
    title: "a memory limit that Go's collector does not know of",
    category: "resilience",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const container of containersOf(model)) {
      const limit = container.memoryLimit;
      if (limit === undefined || container.goReason === undefined || compilesGo(container)) continue;
      if (container.isInit || envOf(container, "GOMEMLIMIT") !== undefined || usesAutomaticLimit(container)) continue;
      const { workload } = container;
      const fix = fixFor(container, limit.text);
      report(workload.place(limit), {
        message: `${container.name} is killed at ${limit.text} of memory, and Go's collector does not know that limit: GOMEMLIMIT is not set`,
        why: `By default the heap may double before it is collected, also where the limit is nearer (${container.goReason}).`,
        severity: "info",
        confidence: "medium",
        ...(fix === undefined ? {} : { fix }),
      });
    }
  },
};

/** Variables from elsewhere (`envFrom`) may bring it, and so may a library that is told by AUTOMEMLIMIT. */
function usesAutomaticLimit({ env, node }: Container): boolean {
  return env.some(({ name }) => name.startsWith("AUTOMEMLIMIT")) || node.entries.has("envFrom");
}

/** Nine tenths of the limit, written as the variables around it are. */
function fixFor({ workload, envList }: Container, limit: string): Fix | undefined {
  const bytes = memoryBytes(limit);
  const first = yamlItems(envList)[0];
  const { text, path } = workload.source;
  if (bytes === undefined || first === undefined || envList === undefined) return undefined;
  const lineStart = text.lastIndexOf("\n", first.start) + 1;
  const dash = /^([ \t]*)-[ \t]+$/.exec(text.slice(lineStart, first.start));
  if (dash === null) return undefined;
  const indent = dash[1] ?? "";
  const value = `${Math.floor((bytes * 0.9) / 2 ** 20)}MiB`;
  const lines = `${indent}- name: GOMEMLIMIT\n${indent}  value: "${value}"\n`;
  return {
    title: `set GOMEMLIMIT to ${value}, nine tenths of the limit`,
    safety: "unsafe",
    edits: [{ path, start: lineStart, end: lineStart, text: lines }],
  };
}
