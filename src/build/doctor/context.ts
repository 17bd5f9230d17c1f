import { detectJob } from "../../ci/job.ts";
import type { Clock } from "../../core/clock.ts";
import { defaultGocache } from "../../go/env.ts";
import type { DoctorContext } from "./check.ts";
import { readGoFacts } from "./go-facts.ts";
import { probeServer } from "./server-probe.ts";
import { readSettingsFacts, type SettingSources } from "./settings-facts.ts";

export interface DoctorOptions extends SettingSources {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A context over the real machine. */
export function createDoctorContext(options: DoctorOptions): DoctorContext {
  const { env, cwd, signal, clock } = options;
  const settings = readSettingsFacts(options);
  const go = once(() => readGoFacts(env, cwd, signal));
  const { server, caFile } = settings.values;
  return {
    env,
    cwd,
    signal,
    clock,
    job: detectJob(env),
    settings,
    go,
    server: once(async () =>
      server === undefined ? undefined : probeServer({ server, token: settings.token.token, caFile, clock, signal }),
    ),
    gocache: async () => {
      const facts = await go();
      return (facts.state === "found" ? facts.values["GOCACHE"] : undefined) || defaultGocache(env);
    },
  };
}

function once<Value>(find: () => Promise<Value>): () => Promise<Value> {
  let found: Promise<Value> | undefined;
  return () => (found ??= find());
}
