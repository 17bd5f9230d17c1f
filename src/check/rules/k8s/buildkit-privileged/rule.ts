import { containersOf } from "../../../k8s/go-pods.ts";
import type { K8sRule } from "../../../k8s/rule.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/buildkit-privileged",
    title: "BuildKit runs privileged",
    category: "unsafe",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const container of containersOf(model)) {
      const { privileged, workload, image } = container;
      if (container.builder !== "buildkit" || privileged?.text !== "true" || workload.isInUserNamespace) continue;
      const isRootless = /rootless/.test(image?.text ?? "");
      const { start, end } = privileged;
      const edit = { path: workload.source.path, start, end, text: "false" };
      const rootless =
        "the rootless image needs no privileges, only seccomp and AppArmor profiles that are not confined";
      report(workload.place(privileged), {
        message: `${container.name} of ${workload.kind} ${workload.name} builds with all of the node's privileges: ${rootless}`,
        why: "Whatever a Dockerfile of a pull request runs is then one escape away from the node and all its pods.",
        confidence: isRootless ? "high" : "medium",
        ...(isRootless ? { fix: { title: "take the privileges away", safety: "unsafe", edits: [edit] } } : {}),
      });
    }
  },
};
