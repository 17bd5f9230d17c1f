import { containersOf } from "../../../k8s/go-pods.ts";
import type { K8sRule } from "../../../k8s/rule.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/kaniko-archived",
    title: "images are built by Kaniko, which nobody maintains",
    category: "resilience",
    severity: "info",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const container of containersOf(model)) {
      const image = container.image;
      if (image === undefined || !/^gcr\.io\/kaniko-project\/executor(?:[:@]|$)/.test(image.text)) continue;
      const { workload } = container;
      report(workload.place(image), {
        message: `${workload.kind} ${workload.name} builds with ${image.text}: its repository was archived in June 2025, and it passes over RUN --mount=type=cache`,
        why: "There are no more fixes, and each Go build in it starts with an empty cache; BuildKit has cache mounts.",
      });
    }
  },
};
