import { defineErrors, exitStatus } from "../errors.ts";

/** The codes of CPU limits. */
export const cgroupErrors = defineErrors({
  "core/cgroup-unavailable": {
    exit: exitStatus.dependency,
    what: "a CPU limit cannot be set here",
    why: "Limits are set through a cgroup with the cpu controller, which needs Linux, a mounted and writable cgroup file system, and usually root.",
    todo: "Run it as root on a machine or in a container with a writable /sys/fs/cgroup; without a limit everything else still works.",
  },
});
