import { labFlags } from "../../lab/lab-flags.ts";
import { readFactor } from "../../lab/labs/sched/factors.ts";
import { schedLab } from "../../lab/labs/sched/lab.ts";
import { defineCommand } from "../command.ts";
import { runLabCommand } from "../lab-command.ts";

const ownFlags = {
  factor: {
    type: "string",
    multiple: true,
    valueName: "NAME=A,B",
    doc: "The levels of a factor in place of the design's: quota, gomaxprocs, asyncpreempt, race, workload.",
  },
  runs: { type: "number", integer: true, min: 1, max: 1000, defaultText: "5", doc: "Runs of each combination." },
  runTime: { type: "duration", valueName: "TIME", defaultText: "1s", doc: "How long one run probes." },
} as const;

/** `ballast lab sched` */
export const command = defineCommand({
  path: ["lab", "sched"],
  summary: "why goroutines do not run: CPU limit, GOMAXPROCS, preemption, race detector and workload, by experiment",
  details:
    "Runs a Go program of its own in fresh processes under real CPU limits (cgroups, as root), with and without asynchronous preemption, " +
    "and tells throttling from non-preemption: by cpu.stat, the scheduler's trace, and how late a sleeping goroutine wakes up. " +
    "Without root or a writable cgroup it does what needs no limit, and says so.\n\n" +
    "For a program of yours: ballast observe.",
  flags: { ...labFlags, ...ownFlags },
  examples: [
    { line: "ballast lab sched --budget 2m", remark: "What fits into two minutes." },
    {
      line: "ballast lab sched --factor quota=none,0.5 --factor workload=alloc --html sched.html",
      remark: "One workload under one limit, with a page of plots.",
    },
  ],
  run: (context, flags) => {
    const { factor, runs, runTime } = flags;
    return runLabCommand(context, schedLab, flags, { factor, runs, runTime }, () => ({
      levels: Object.fromEntries(factor.map(readFactor)),
      runs: runs ?? 5,
      runMs: runTime ?? 1000,
    }));
  },
});
