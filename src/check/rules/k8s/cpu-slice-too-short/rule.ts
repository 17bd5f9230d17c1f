import { isOlderGo } from "../../../go-module.ts";
import { containersOf, envText, goVersionOf } from "../../../k8s/go-pods.ts";
import type { Container } from "../../../k8s/model.ts";
import { cpuCount } from "../../../k8s/quantity.ts";
import type { K8sRule } from "../../../k8s/rule.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/cpu-slice-too-short",
    title: "a CPU limit that Go's threads use up in less than one time slice",
    category: "scheduling",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const version = goVersionOf(model);
    for (const container of containersOf(model)) {
      const limit = cpuCount(container.cpuLimit?.text ?? "");
      if (limit === undefined || container.cpuLimit === undefined || container.goReason === undefined) continue;
      const threads = threadsOf(container, limit, version);
      if (threads === undefined) continue;
      const sliceMs = (limit * 100) / threads.count;
      if (sliceMs >= 10) continue;
      const { workload } = container;
      report(workload.place(container.cpuLimit), {
        message: `${container.name} may use ${round(limit * 100)} ms of CPU in 100 ms; ${threads.count} threads (${threads.reason}) spend them in ${round(sliceMs)} ms, and then all goroutines wait`,
        why: "Below 10 ms the kernel stops the program before Go's scheduler has preempted anything: timers and requests are late by whole periods.",
        confidence: "high",
      });
    }
  },
};

interface Threads {
  readonly count: number;
  readonly reason: string;
}

/**
 * GOMAXPROCS as set, or as Go 1.25 chooses it from the quota: rounded up, and two at least. Older Go takes the node's
 * processors, whose number a manifest does not tell: no finding.
 */
function threadsOf(container: Container, limit: number, version: string | undefined): Threads | undefined {
  const set = envText(container, "GOMAXPROCS");
  if (set !== undefined && /^[1-9]\d*$/.test(set)) return { count: Number(set), reason: `GOMAXPROCS=${set}` };
  const isOff = /containermaxprocs=0/.test(envText(container, "GODEBUG") ?? "");
  const isSet = container.env.some(({ name }) => name === "GOMAXPROCS");
  if (isSet || isOff || version === undefined || isOlderGo(version, "1.25")) return undefined;
  return { count: Math.max(2, Math.ceil(limit)), reason: `Go's own choice with go ${version}` };
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
