/**
 * Where the CPU controller's cgroup of a process is, as files: v1 mounts each controller, v2 has one tree for all. What
 * /proc says is relative to the tree's root, which a container does not see: the mount's own root is taken off.
 */

import { readFileSync } from "node:fs";
import { posix } from "node:path";

export interface CpuCgroup {
  readonly version: 1 | 2;
  /** The folder of the process's own group. */
  readonly folder: string;
  /** The top of what is visible. */
  readonly mountPoint: string;
}

interface Mount {
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** The group of `pid`, as text of its /proc files tells; v1 comes first, since only one of both has the controller. */
export function findCpuCgroup(cgroupText: string, mountinfoText: string): CpuCgroup | undefined {
  const mounts = parseMounts(mountinfoText);
  const lines = cgroupText.split("\n").map((line) => /^(\d+):([^:]*):(\/.*)$/.exec(line));
  const v1 = mounts.find(({ type, options }) => type === "cgroup" && options.includes("cpu"));
  const ofCpu = lines.find((line) => line?.[2]?.split(",").includes("cpu") === true);
  if (v1 !== undefined && ofCpu?.[3] !== undefined) return groupUnder(1, v1, ofCpu[3]);
  const v2 = mounts.find(({ type }) => type === "cgroup2");
  const unified = lines.find((line) => line?.[1] === "0" && line[2] === "");
  return v2 === undefined || unified?.[3] === undefined ? undefined : groupUnder(2, v2, unified[3]);
}

/** The same for a running process; `undefined` when it has ended, or the system has no cgroups. */
export function cpuCgroupOf(pid: number | "self"): CpuCgroup | undefined {
  try {
    return findCpuCgroup(readFileSync(`/proc/${pid}/cgroup`, "utf8"), readFileSync("/proc/self/mountinfo", "utf8"));
  } catch {
    return undefined; // no such process, or no Linux
  }
}

/** The group's folder and those above it, the group's own first: a limit of any of them binds. */
export function foldersUpwards({ folder, mountPoint }: CpuCgroup): readonly string[] {
  const folders = [folder];
  for (let at = folder; at !== mountPoint && at.startsWith(mountPoint);) {
    at = posix.dirname(at);
    folders.push(at);
  }
  return folders;
}

function groupUnder(version: 1 | 2, mount: Mount, path: string): CpuCgroup {
  const { mountPoint, root } = mount;
  const isInside = root === "/" || path === root || path.startsWith(`${root}/`);
  const below = isInside && root !== "/" ? path.slice(root.length) : path;
  // A path outside of the mount's root belongs to another container: its own group is not visible, the mount's root is
  // the nearest that is.
  const folder = isInside ? posix.join(mountPoint, below) : mountPoint;
  return { version, folder: folder.replace(/(.)\/$/, "$1"), mountPoint };
}

/** `36 35 98:0 /root /mount rw,noatime shared:1 - type source options` (proc_pid_mountinfo(5)). */
function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const [before = "", after] = line.split(" - ");
    const [, , , root, mountPoint] = before.split(" ");
    const [type, , options] = after?.split(" ") ?? [];
    if (root === undefined || mountPoint === undefined || type === undefined) return [];
    return [{ root: unescape(root), mountPoint: unescape(mountPoint), type, options: options?.split(",") ?? [] }];
  });
}

/** Blanks in paths are written `\040`. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
