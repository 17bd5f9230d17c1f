/** The BuildKit that labs build images with. */

import type { Bench } from "./bench.ts";

/** Whether one answers to buildctl. */
export async function hasBuildKit(bench: Bench): Promise<boolean> {
  if (Bun.which("buildctl", { PATH: bench.userEnv["PATH"] ?? "" }) === null) return false;
  const probe = await bench.run(["buildctl", "debug", "workers"], { env: bench.userEnv, deadlineMs: 10_000 });
  return probe.exitCode === 0;
}

/** Words for a named context: NAME=FOLDER, or NAME=docker-image://IMAGE. `index` tells several apart. */
export function namedContext(pair: string, index = 0): readonly string[] {
  const at = pair.indexOf("=");
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  if (value.startsWith("docker-image://")) return ["--opt", `context:${name}=${value}`];
  return ["--local", `named${index}=${value}`, "--opt", `context:${name}=local:named${index}`];
}
