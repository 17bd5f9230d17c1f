/** The options of a check from flags, variables and ballast.yaml. */

import { loadSettingsFile } from "../../core/settings-file.ts";
import { requireSettings, resolveSettings } from "../../core/settings.ts";
import { checkSettings } from "../settings.ts";
import { findScope } from "./checked-scope.ts";
import { checkErrors } from "./errors.ts";
import type { FixChoice } from "./fixes.ts";
import { readBuilds } from "./go-builds.ts";
import type { CheckOptions } from "./options.ts";
import { noCache, openResultCache } from "./result-cache.ts";

/** What `ballast check` was given besides the flags that settings make. */
export interface CheckRequest {
  readonly flags: Readonly<Record<string, unknown>> & {
    readonly rule: readonly string[];
    readonly diff: string | undefined;
    readonly confirm: string | undefined;
    readonly fix: string | undefined;
    readonly updateBaseline: boolean;
    readonly cache: boolean;
  };
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly toolVersion: string;
  readonly toolIdentity: string;
  /** Places in ballast.yaml that belong to other rooms. */
  readonly otherPaths: readonly string[];
  readonly onProgress: (text: string) => void;
}

export interface ReadOptions {
  readonly options: CheckOptions;
  /** Whether what could only be partly checked makes the check fail. */
  readonly partial: "warn" | "fail";
}

/** Throws what is wrong, all settings together. The file is that of the folder that is checked. */
export function readOptions(request: CheckRequest): ReadOptions {
  const { flags, paths, cwd, env, signal, toolVersion, toolIdentity, otherPaths, onProgress } = request;
  const file = loadSettingsFile(findScope(cwd, paths).base);
  const values = requireSettings(resolveSettings(checkSettings, { flags, env, file, cwd, otherPaths }));
  if (flags.updateBaseline && values.baseline === undefined) {
    throw checkErrors.error("check/flags-contradict", "--update-baseline needs --baseline FILE to write to");
  }
  if (flags.updateBaseline && flags.diff !== undefined) {
    throw checkErrors.error("check/flags-contradict", "--update-baseline would write down only what --diff shows");
  }
  return {
    partial: values.partial,
    options: {
      cwd,
      paths,
      env,
      signal,
      toolVersion,
      toolIdentity,
      onProgress,
      depth: values.depth,
      cgo: values.cgo,
      severity: values.severity,
      confidence: values.confidence,
      only: values.only ?? [],
      rules: { exactly: flags.rule, enable: values.enable ?? [], disable: values.disable ?? [] },
      exclude: values.exclude ?? [],
      builds: readBuilds(values.tags ?? [], values.matrix ?? []),
      base: flags.diff,
      baselineFile: values.baseline,
      updateBaseline: flags.updateBaseline,
      fix: readFix(flags.fix),
      raceLogFile: flags.confirm,
      cache: flags.cache ? openResultCache(env) : noCache,
      rulesUrl: values.rulesUrl.endsWith("/") ? values.rulesUrl : `${values.rulesUrl}/`,
    },
  };
}

function readFix(word: string | undefined): FixChoice | undefined {
  return word === "safe" || word === "unsafe" ? word : undefined;
}
