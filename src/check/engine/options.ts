/** What one check is asked to do. */

import type { GoBuild } from "../area.ts";
import type { Confidence, Severity } from "../finding.ts";
import type { Area } from "../rule.ts";
import type { FixChoice } from "./fixes.ts";
import type { ResultCache } from "./result-cache.ts";
import type { RuleWishes } from "./rule-choice.ts";

export interface CheckOptions {
  readonly cwd: string;
  /** Files and folders; the working directory when empty. */
  readonly paths: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Areas; all when empty. */
  readonly only: readonly Area[];
  readonly rules: RuleWishes;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly exclude: readonly string[];
  readonly builds: readonly GoBuild[];
  readonly depth: "syntax" | "types";
  readonly cgo: boolean;
  /** A commit: only what came since is reported. */
  readonly base?: string | undefined;
  readonly baselineFile?: string | undefined;
  /** Write the baseline instead of obeying it. */
  readonly updateBaseline: boolean;
  readonly fix?: FixChoice | undefined;
  readonly raceLogFile?: string | undefined;
  readonly cache: ResultCache;
  readonly toolVersion: string;
  readonly toolIdentity: string;
  /** Where the pages of the rules are published; ends in a slash. */
  readonly rulesUrl: string;
  /** Told what is being done, for whoever waits. */
  readonly onProgress: (text: string) => void;
}
