import { isOlderGo } from "../../../go-module.ts";
import { containersOf, envOf, goVersionOf } from "../../../k8s/go-pods.ts";
import type { Container, K8sModel } from "../../../k8s/model.ts";
import { cpuCount } from "../../../k8s/quantity.ts";
import type { Fix } from "../../../finding.ts";
import type { K8sRule } from "../../../k8s/rule.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/gomaxprocs-over-limit",
    title: "GOMAXPROCS is above the CPU limit",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const container of containersOf(model)) {
      const limit = cpuCount(container.cpuLimit?.text ?? "");
      const value = envOf(container, "GOMAXPROCS")?.value;
      if (limit === undefined || value === undefined || !/^[1-9]\d*$/.test(value.text)) continue;
      const allowed = Math.max(1, Math.ceil(limit));
      // With two threads on less than one CPU the runtime's own default is no different.
      if (Number(value.text) <= Math.max(2, allowed)) continue;
      const { workload } = container;
      report(workload.place(value), {
        message: `GOMAXPROCS=${value.text} in ${container.name}, whose limit is ${container.cpuLimit?.text ?? ""} CPU: up to ${value.text} threads run at once, use up the quota early in each period and are stopped together`,
        why: "A limit is a quota per 100 ms, not a number of processors: more threads only spend it sooner.",
        fix: fixFor(model, container, value, allowed),
      });
    }
  },
};

/** The limit rounded up, as the runtime of Go 1.25 would take it. */
function fixFor(
  model: K8sModel,
  { workload }: Container,
  { start, end }: { start: number; end: number },
  allowed: number,
): Fix {
  const version = goVersionOf(model);
  const isNew = version !== undefined && !isOlderGo(version, "1.25");
  const title = isNew ? `set it to ${allowed}; without the variable Go 1.25 finds that itself` : `set it to ${allowed}`;
  return { title, safety: "unsafe", edits: [{ path: workload.source.path, start, end, text: `"${allowed}"` }] };
}
