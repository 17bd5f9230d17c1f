/** The one shape of a check of `ballast doctor`. Each file in `checks/` exports one, named `check`. */

import type { CiJob } from "../../ci/job.ts";
import type { Clock } from "../../core/clock.ts";
import type { GoFacts } from "./go-facts.ts";
import type { ServerProbe } from "./server-probe.ts";
import type { SettingsFacts } from "./settings-facts.ts";

export type CheckStatus = "ok" | "warning" | "problem" | "skipped";

/** What a check saw. `found` is one line that stands alone; secrets never appear in it. */
export type CheckResult =
  | { readonly status: "ok" | "skipped"; readonly found: string }
  | {
      /** A problem: Ballast or Go cannot do its work. A warning: it works, and less well than it could. */
      readonly status: "warning" | "problem";
      readonly found: string;
      readonly why: string;
      readonly todo: string;
      /** Where there are several things to mend: a line for each. */
      readonly details?: readonly string[];
    };

export interface DoctorCheck {
  /** Equal to the file's name. */
  readonly id: string;
  /** A few words: what is looked at. */
  readonly title: string;
  /** Throws nothing but `BallastError`, which is shown as a problem. Leaves nothing behind. */
  run(context: DoctorContext): Promise<CheckResult>;
}

/** What checks may look at. What several of them need is found out once. */
export interface DoctorContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly job: CiJob;
  readonly settings: SettingsFacts;
  go(): Promise<GoFacts>;
  /** `undefined` when no server is set. */
  server(): Promise<ServerProbe | undefined>;
  /** The folder of Go's build cache as Go itself names it, or `off`. */
  gocache(): Promise<string>;
}
