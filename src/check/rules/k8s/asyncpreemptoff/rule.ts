import { containersOf, envOf } from "../../../k8s/go-pods.ts";
import type { K8sRule } from "../../../k8s/rule.ts";
import type { Fix } from "../../../finding.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/asyncpreemptoff",
    title: "a pod switches asynchronous preemption off",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const container of containersOf(model)) {
      const value = envOf(container, "GODEBUG")?.value;
      if (value === undefined || !/(?:^|,)asyncpreemptoff=1(?:,|$)/.test(value.text)) continue;
      const { workload } = container;
      const limit = container.cpuLimit === undefined ? "" : ` within ${container.cpuLimit.text} CPU`;
      const rest = value.text.split(",").filter((item) => item !== "asyncpreemptoff=1");
      const { start, end } = value;
      const edit = { path: workload.source.path, start, end, text: `"${rest.join(",")}"` };
      const fix: Fix = { title: "leave asynchronous preemption on", safety: "unsafe", edits: [edit] };
      report(workload.place(value), {
        message: `GODEBUG of ${container.name} sets asyncpreemptoff=1: one loop without calls can stop all its goroutines${limit}`,
        why: "Go then preempts at function calls only, so the collector, timers and health checks wait for the loop.",
        fix,
      });
    }
  },
};
