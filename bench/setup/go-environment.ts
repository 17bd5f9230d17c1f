/** The environment of every go command of a bench. */

import { runProcess } from "../../src/core/process.ts";
import { BenchFailure } from "../measure/failure.ts";
import { markVariable } from "../measure/own-processes.ts";

/** What a user set for Ballast, for the cache or for one module stays out; a proxy is not for this machine. */
export function goEnvironment(env: Readonly<Record<string, string | undefined>>, mark: string): Record<string, string> {
  const noProxy = [env["NO_PROXY"] || env["no_proxy"], "127.0.0.1"].filter(Boolean).join(",");
  const kept = Object.entries(env).filter(
    (pair): pair is [string, string] =>
      pair[1] !== undefined && !/^(BALLAST|GOCACHE|GOFLAGS$|GOWORK$|BUN_OPTIONS$)/.test(pair[0]),
  );
  return {
    ...Object.fromEntries(kept),
    GOFLAGS: "-buildvcs=false",
    GOWORK: "off",
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    [markVariable]: mark,
  };
}

/** Throws when go would use a helper by itself: no variable can hide what `go env -w` wrote. */
export async function requireNoHelper(env: Readonly<Record<string, string>>): Promise<void> {
  const { stdout } = await runProcess({ argv: ["go", "env", "GOCACHEPROG"], env, cwd: "/", deadlineMs: 20_000 });
  if (stdout.trim() !== "") throw new BenchFailure("go env has a GOCACHEPROG: `go env -u GOCACHEPROG` takes it out");
}
