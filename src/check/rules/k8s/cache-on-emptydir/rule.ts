import { compilesGo, containersOf, goCachePath, volumeAt } from "../../../k8s/go-pods.ts";
import type { Container } from "../../../k8s/model.ts";
import type { K8sRule } from "../../../k8s/rule.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/cache-on-emptydir",
    title: "Go's cache lies on a volume that ends with the pod",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const container of containersOf(model)) {
      const path = compilesGo(container) && container.workload.isBatch ? goCachePath(container) : undefined;
      const volume = path === undefined ? undefined : volumeAt(container, path);
      if (path === undefined || volume?.kind !== "emptyDir") continue;
      if (isShared(container.workload.containers, volume.name)) continue;
      const { workload } = container;
      const isMemory = volume.medium === "Memory";
      const more = isMemory ? ", and what it holds counts against the memory limit" : "";
      report(workload.place(volume), {
        message: `${workload.kind} ${workload.name} keeps GOCACHE (${path}) on the emptyDir ${volume.name}: each run compiles everything again${more}`,
        why: "An emptyDir is made with the pod and removed with it.",
        severity: isMemory ? "warning" : "info",
        confidence: isMemory ? "high" : "medium",
      });
    }
  },
};

/** Several containers of the pod use the volume: that one cache serves them all may be what was wanted. */
function isShared(containers: readonly Container[], volume: string): boolean {
  return containers.filter(({ mounts }) => mounts.some((mount) => mount.volume === volume)).length > 1;
}
