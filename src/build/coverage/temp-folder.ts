/** Whether go can work in its folder for temporary files: it writes there, and runs the tests that it built there. */

import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../../core/errors.ts";
import { runProcess } from "../../core/process.ts";
import { goValue } from "../../go/env.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** `undefined` for a folder that is as it should be. */
export async function probeTempFolder(env: Environment): Promise<"unwritable" | "noexec" | undefined> {
  const parent = goValue(env, "GOTMPDIR") || env["TMPDIR"] || "/tmp";
  let folder: string;
  try {
    accessSync(parent, constants.W_OK);
    folder = mkdtempSync(join(parent, "ballast-probe-"));
  } catch {
    return "unwritable";
  }
  try {
    return (await canRun(folder)) ? undefined : "noexec";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Root may do everything but run a program on a file system that is mounted noexec. */
async function canRun(folder: string): Promise<boolean> {
  const program = join(folder, "probe");
  writeFileSync(program, "#!/bin/sh\nexit 0\n");
  chmodSync(program, 0o755);
  try {
    return (await runProcess({ argv: [program], deadlineMs: 10_000 })).exitCode === 0;
  } catch (cause) {
    if (hasCode(cause, "core/process-not-started")) return false;
    throw cause;
  }
}
