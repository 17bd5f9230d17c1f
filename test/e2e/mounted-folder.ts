/** Folders that are read-only or small, by a mount of their own: permissions would not stop root. */

import { mkdirSync } from "node:fs";
import { requireSuccess, runProcess } from "../../src/core/process.ts";

/** Why nothing can be mounted here; `undefined` where it can. */
export function whyNoMounts(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "only root on Linux can mount";
  const { exitCode } = Bun.spawnSync(["unshare", "--mount", "true"]);
  return exitCode === 0 ? undefined : "this container may not mount";
}

export interface MountedFolder {
  readonly path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes a folder read-only, with what is in it. */
export async function mountReadOnly(path: string): Promise<MountedFolder> {
  await run(["mount", "--bind", path, path]);
  await run(["mount", "-o", "remount,bind,ro", path]);
  return mounted(path);
}

/** An empty folder that holds `sizeBytes` and no more. */
export async function mountSmall(path: string, sizeBytes: number): Promise<MountedFolder> {
  mkdirSync(path);
  await run(["mount", "-t", "tmpfs", "-o", `size=${sizeBytes}`, "none", path]);
  return mounted(path);
}

/** An empty folder from which no program may be started. */
export async function mountNoexec(path: string): Promise<MountedFolder> {
  mkdirSync(path);
  await run(["mount", "-t", "tmpfs", "-o", "noexec", "none", path]);
  return mounted(path);
}

function mounted(path: string): MountedFolder {
  return { path, [Symbol.asyncDispose]: () => run(["umount", path]) };
}

async function run(argv: readonly string[]): Promise<void> {
  requireSuccess(argv, await runProcess({ argv, deadlineMs: 30_000 }));
}
