/** What the settings say of a go command before it runs: its words, its variables, its cache. */

import { requireSettings, resolveSettings, type SettingsFile } from "../core/settings.ts";
import type { Decision } from "../policy/evaluate.ts";
import type { AppliedSetting } from "./policy/apply.ts";
import type { GoCommand } from "./policy/command-facts.ts";
import { type CacheMode, buildSettings } from "./settings.ts";

export interface GovernanceSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly file: SettingsFile | undefined;
}

export interface Plan {
  readonly args: readonly string[];
  readonly env: GoCommand["env"];
  readonly mode: CacheMode;
  /** Whether the run is written down for `ballast why`. */
  readonly isRecorded: boolean;
  /** What a measurement of coverage is compared with. */
  readonly coverageBase: string | undefined;
  /** Where the mode is from: a rule's name, `--cache`, `BALLAST_CACHE`, `ballast.yaml: build.cache`, `default`. */
  readonly modeFrom: string;
  readonly applied: readonly AppliedSetting[];
  /** Absent without a policy. */
  readonly decision: Decision | undefined;
}

/** Throws `core/settings-invalid`: what cannot be read cannot be kept. Without a policy nothing of it is loaded. */
export async function planCommand(command: GoCommand, { flags, file }: GovernanceSources): Promise<Plan> {
  // A misspelt key of `build` is this room's to refuse: a rule that is passed over would be none.
  const otherPaths = Object.keys(file?.values ?? {}).filter((key) => key !== "build");
  const resolved = resolveSettings(buildSettings, { env: command.env, flags, cwd: command.cwd, file, otherPaths });
  const { cache, policies, rules, record: isRecorded, coverageBase } = requireSettings(resolved);
  const from = resolved.origins.cache;
  const unruled = { mode: cache ?? "shared", modeFrom: from?.name ?? "default" } as const;
  const unchanged = { isRecorded, coverageBase };
  if (rules === undefined && policies.length === 0) {
    return { args: command.args, env: command.env, ...unchanged, ...unruled, applied: [], decision: undefined };
  }
  const { govern, readBuildPolicy } = await import("./policy/govern.ts");
  const policy = readBuildPolicy(rules, policies);
  requireSettings({ ...resolved, problems: policy.problems });
  const explicit = from?.source === "flag" || from?.source === "env" ? cache : undefined;
  const { decision, governed } = govern(policy, command, explicit);
  const rule = governed.applied.find(({ key, outcome }) => key === "cache" && outcome === "set")?.rule;
  const ruled = governed.mode === undefined ? unruled : { mode: governed.mode, modeFrom: `rule ${rule ?? ""}` };
  return { args: governed.args, env: governed.env, ...unchanged, ...ruled, applied: governed.applied, decision };
}
