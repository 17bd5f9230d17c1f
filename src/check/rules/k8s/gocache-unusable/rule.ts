import { containersOf, envOf } from "../../../k8s/go-pods.ts";
import type { K8sRule } from "../../../k8s/rule.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/gocache-unusable",
    title: "GOCACHE is off or no absolute path",
    category: "cache",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const container of containersOf(model)) {
      const value = envOf(container, "GOCACHE")?.value;
      if (value === undefined || container.builder !== undefined) continue;
      const isRelative = !/^[/~$]/.test(value.text);
      if (!isRelative) continue;
      const { workload } = container;
      const { start, end } = value;
      const edit = { path: workload.source.path, start, end, text: "/tmp/go-build" };
      const reason = value.text === "off" ? "go needs its build cache since 1.12" : "go takes an absolute path only";
      report(workload.place(value), {
        message: `GOCACHE=${value.text} ends every build in ${container.name}: ${reason}`,
        why: "go build, go test and go install exit at once; a private folder for one pod is what was meant by off.",
        confidence: "proven",
        fix: { title: "a private cache for this pod", safety: "safe", edits: [edit] },
      });
    }
  },
};
