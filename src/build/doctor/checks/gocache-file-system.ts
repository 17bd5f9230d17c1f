import { readFileSync } from "node:fs";

import type { DoctorCheck } from "../check.ts";
import { isRemoteType, mountOf, nearestFolder } from "../file-systems.ts";

export const check: DoctorCheck = {
  id: "gocache-file-system",
  title: "GOCACHE is on a disk of this machine",
  run: async (context) => {
    const gocache = await context.gocache();
    if (gocache === "off") return { status: "skipped", found: "GOCACHE is off" };
    const mounts = readMounts();
    const mount = mounts === undefined ? undefined : mountOf(mounts, nearestFolder(gocache));
    if (mount === undefined) return { status: "skipped", found: "this system does not say what is mounted" };
    const found = `${mount.type}, mounted at ${mount.folder}`;
    if (!isRemoteType(mount.type)) return { status: "ok", found };
    return {
      status: "warning",
      found,
      why: "Every hit asks for a file's size and time, which takes a round trip there; and Go counts on renames and locks that network file systems keep loosely.",
      todo: "Set GOCACHE to a folder on the runner's own disk. Sharing between runners is what the server is for.",
    };
  },
};

function readMounts(): string | undefined {
  try {
    return readFileSync("/proc/self/mounts", "utf8");
  } catch {
    return undefined; // not Linux
  }
}
