import { describe, expect, test } from "bun:test";
import { findCpuCgroup, foldersUpwards } from "./hierarchy.ts";

const cgroup2Mount = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

describe("version 2", () => {
  test("a service under systemd", () => {
    const found = findCpuCgroup("0::/system.slice/ci.service\n", cgroup2Mount);
    expect(found).toEqual({
      version: 2,
      folder: "/sys/fs/cgroup/system.slice/ci.service",
      mountPoint: "/sys/fs/cgroup",
    });
    expect(foldersUpwards(found as NonNullable<typeof found>)).toEqual([
      "/sys/fs/cgroup/system.slice/ci.service",
      "/sys/fs/cgroup/system.slice",
      "/sys/fs/cgroup",
    ]);
  });

  test("a container with a namespace of its own", () => {
    expect(findCpuCgroup("0::/\n", cgroup2Mount)?.folder).toBe("/sys/fs/cgroup");
  });

  test("a container whose mount shows a part of the tree", () => {
    const mount = "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
    expect(findCpuCgroup("0::/docker/abc/inner\n", mount)?.folder).toBe("/sys/fs/cgroup/inner");
    expect(findCpuCgroup("0::/docker/other\n", mount)?.folder).toBe("/sys/fs/cgroup");
  });
});

describe("version 1", () => {
  const mounts =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n" +
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

  test("the controller's own hierarchy, also beside version 2", () => {
    const found = findCpuCgroup("4:memory:/x\n2:cpu,cpuacct:/jobs/7\n0::/\n", mounts);
    expect(found).toEqual({
      version: 1,
      folder: "/sys/fs/cgroup/cpu,cpuacct/jobs/7",
      mountPoint: "/sys/fs/cgroup/cpu,cpuacct",
    });
  });

  test("a blank in the mount's path", () => {
    const odd = "32 31 0:29 / /mnt/c\\040g rw - cgroup cgroup rw,cpu\n";
    expect(findCpuCgroup("2:cpu:/\n", odd)?.folder).toBe("/mnt/c g");
  });
});

test("nothing is mounted, or the files are damaged", () => {
  expect(findCpuCgroup("0::/\n", "")).toBeUndefined();
  expect(findCpuCgroup("", cgroup2Mount)).toBeUndefined();
  expect(findCpuCgroup("\0\n:::\n", " - \n - cgroup\nx")).toBeUndefined();
});
