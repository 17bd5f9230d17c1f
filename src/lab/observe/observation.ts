/** What `ballast observe` has seen, as text. */

import { formatDuration } from "../../core/human-units.ts";
import type { Style } from "../../core/style.ts";
import { formatTable } from "../../core/table.ts";
import type { StarvationEvidence } from "../starvation/evidence.ts";
import type { StarvationVerdict } from "../starvation/verdict.ts";

export interface Observation {
  readonly kind: "program" | "process";
  readonly evidence: StarvationEvidence;
  readonly verdict: StarvationVerdict;
  /** What was done otherwise than one may think. */
  readonly notes: readonly string[];
  /** Of a running process: its busiest threads. */
  readonly threads?: readonly ObservedThread[];
}

export interface ObservedThread {
  readonly threadId: number;
  readonly cpuMs: number;
  readonly waitedMs: number;
  /** As ps prints it: R runs or could, S sleeps, D waits in the kernel. */
  readonly state: string;
  /** Where in the kernel it waits; empty where it does not, or where only root may know. */
  readonly kernelFunction: string;
}

export function observationText({ verdict, notes, threads = [] }: Observation, style: Style): string {
  const isFault = verdict.faults.length > 0;
  const lines = [
    `ballast observe: ${(isFault ? style.yellow : style.bold)(verdict.summary)}`,
    ...verdict.seen.map((line) => `  ${line}`),
    ...verdict.blind.map((line) => `  not seen: ${line}`),
    ...notes.map((line) => `  note: ${line}`),
    ...verdict.todo.map((line) => `  to do: ${line}`),
  ];
  return `${lines.join("\n")}\n${threads.length === 0 ? "" : `\n${threadTable(threads)}`}`;
}

function threadTable(threads: readonly ObservedThread[]): string {
  return formatTable(
    ["thread", "CPU time", "waited", "state", "in the kernel"],
    threads.map(({ threadId, cpuMs, waitedMs, state, kernelFunction }) => [
      String(threadId),
      formatDuration(cpuMs),
      formatDuration(waitedMs),
      state,
      kernelFunction,
    ]),
  );
}
