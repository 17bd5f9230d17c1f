import { defineErrors, exitStatus } from "../../../core/errors.ts";

/** The codes of the scheduler lab. */
export const schedErrors = defineErrors({
  "lab/sched-factor-invalid": {
    exit: exitStatus.usage,
    what: "the scheduler lab has no such factor or level",
    why: "Factors and their levels are a fixed list, since each level is something that the lab must know how to do.",
    todo: "Write --factor NAME=A,B with one of: quota (none or CPUs), gomaxprocs, asyncpreempt (on, off), race (off, on), workload.",
  },
  "lab/sched-build-failed": {
    exit: exitStatus.dependency,
    what: "the scheduler lab's own program cannot be built",
    why: "It needs a Go toolchain from 1.16 on that builds for this machine.",
    todo: "Read what go printed; the same happens with any program that imports os, sync and time.",
  },
  "lab/sched-run-failed": {
    exit: exitStatus.dependency,
    what: "the scheduler lab's own program ended without a result",
    why: "It was ended by somebody else, or ran out of memory.",
    todo: "Look into the system's log for an out-of-memory kill; go on with --resume.",
  },
});
