/** Which builder there is: BuildKit by buildctl or by buildx, or only the classic one of a docker daemon. */

import { runProcess } from "../../core/process.ts";
import type { Builder } from "./builder-command.ts";
import { imageErrors } from "./errors.ts";

export interface BuilderSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

export type FoundBuilder = Builder | "classic";

const probeMs = 10_000;

/** The first that answers. Throws `build/image-no-builder`. */
export async function findBuilder(search: BuilderSearch): Promise<FoundBuilder> {
  if (await answers(search, ["buildctl", "debug", "workers"])) return "buildctl";
  if (await answers(search, ["docker", "buildx", "inspect"])) return "buildx";
  if (await answers(search, ["docker", "version", "--format", "{{.Server.Version}}"])) return "classic";
  throw imageErrors.error("build/image-no-builder", "asked buildctl, docker buildx and docker");
}

async function answers({ env, cwd, signal }: BuilderSearch, argv: readonly string[]): Promise<boolean> {
  const program = Bun.which(argv[0] ?? "", { PATH: env["PATH"] ?? "" });
  if (program === null) return false;
  const result = await runProcess({
    argv: [program, ...argv.slice(1)],
    cwd,
    env,
    signal,
    deadlineMs: probeMs,
    outputCapBytes: 10_000,
  });
  return result.exitCode === 0;
}
