import { compilesGo, containersOf } from "../../../k8s/go-pods.ts";
import type { K8sRule } from "../../../k8s/rule.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/no-requests",
    title: "a build pod requests no CPU or memory",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const container of containersOf(model)) {
      const isBuild = compilesGo(container) || container.builder !== undefined;
      if (!isBuild || !container.workload.isBatch) continue;
      const missing = [
        ...(container.cpuRequest === undefined ? ["CPU"] : []),
        ...(container.memoryRequest === undefined ? ["memory"] : []),
      ];
      if (missing.length === 0) continue;
      const { workload } = container;
      report(workload.place(container.span), {
        message: `${container.name} of ${workload.kind} ${workload.name} builds without a request for ${missing.join(" and ")}: it is placed on any node, however full`,
        why: "Compiling and linking take whole processors and a gigabyte or more; a pod without requests gets what is left, and is evicted first.",
        confidence: "medium",
      });
    }
  },
};
