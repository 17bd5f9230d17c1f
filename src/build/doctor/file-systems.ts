/** What holds a folder: the nearest folder that is there, and the file system under it. */

import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";

/** `path` itself or the nearest folder above it that exists, without symlinks. */
export function nearestFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return realpathSync(folder);
}

export interface Mount {
  readonly folder: string;
  /** As the kernel names it: `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
}

/** The mount that holds `path`, from the text of /proc/self/mounts; of two on one folder, the later one covers. */
export function mountOf(mounts: string, path: string): Mount | undefined {
  let found: Mount | undefined;
  for (const line of mounts.split("\n")) {
    const [, folderText = "", type = ""] = line.split(" ");
    const folder = unescapeMount(folderText);
    const holds = folder !== "" && (path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`));
    if (holds && folder.length >= (found?.folder.length ?? 0)) found = { folder, type };
  }
  return found;
}

/** Blanks and backslashes are octal there: `\040`. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

const remoteTypes = new Set(
  "nfs nfs4 cifs smb3 smbfs 9p afs ceph glusterfs lustre beegfs gpfs virtiofs vboxsf prl_fs vmhgfs fakeowner".split(
    " ",
  ),
);
/** User-space file systems whose files are on this machine's own disk. */
const localFuseTypes = new Set(["fuse.fuse-overlayfs", "fuse.mergerfs", "fuse.bindfs", "fuse.lxcfs", "fuseblk"]);

/** Whether files of this type are, or may well be, on another machine. */
export function isRemoteType(type: string): boolean {
  return remoteTypes.has(type) || (type.startsWith("fuse.") && !localFuseTypes.has(type));
}
