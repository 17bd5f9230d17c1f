import { expect, test } from "bun:test";

import { isRemoteType, mountOf, nearestFolder } from "./file-systems.ts";

const mounts = [
  "/dev/sda1 / ext4 rw 0 0",
  "tmpfs /tmp tmpfs rw 0 0",
  "server:/export /home nfs4 rw 0 0",
  "sshfs#x /mnt/with\\040blank fuse.sshfs rw 0 0",
  "/dev/sdb1 /home/local xfs rw 0 0",
  "overlay /home/local overlay rw 0 0",
  "",
].join("\n");

test.each([
  ["/var/cache", "ext4"],
  ["/tmp/x", "tmpfs"],
  ["/tmpfile", "ext4"],
  ["/home/me/.cache", "nfs4"],
  ["/home/local/x", "overlay"],
  ["/mnt/with blank/x", "fuse.sshfs"],
  ["/", "ext4"],
])("%s is on %s", (path, type) => {
  expect(mountOf(mounts, path)?.type).toBe(type);
});

test("nothing mounted is nothing known", () => {
  expect(mountOf("", "/")).toBeUndefined();
});

test("types of other machines", () => {
  for (const type of ["nfs", "nfs4", "cifs", "9p", "fuse.sshfs", "fuse.gcsfuse", "virtiofs"]) {
    expect([type, isRemoteType(type)]).toEqual([type, true]);
  }
  for (const type of ["ext4", "xfs", "btrfs", "overlay", "tmpfs", "fuse.fuse-overlayfs", "fuseblk"]) {
    expect([type, isRemoteType(type)]).toEqual([type, false]);
  }
});

test("the nearest folder exists", () => {
  expect(nearestFolder("/no/such/folder")).toBe("/");
  expect(nearestFolder(import.meta.dir)).toBe(import.meta.dir);
});
