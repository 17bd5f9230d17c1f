/** The settings of this folder and environment, with everything that is wrong with them. */

import { readRunnerToken, type RunnerToken } from "../../cache/runner-token.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { BallastError } from "../../core/errors.ts";
import {
  resolveSettings,
  type SettingProblem,
  type SettingsFile,
  type SettingSpecs,
  type SettingValues,
} from "../../core/settings.ts";
import { loadSettingsFile } from "../../core/settings-file.ts";
import { settingPath, settingVariable } from "../../core/setting-spec.ts";
import { didYouMean } from "../../core/suggestion.ts";

export interface SettingsFacts {
  /** The cache's settings; where one has a problem, the next valid source. */
  readonly values: SettingValues<typeof cacheSettings>;
  /** The token for the server, as the helper takes it. */
  readonly token: RunnerToken;
  /** The path of ballast.yaml, if there is one that could be read. */
  readonly file: string | undefined;
  /** Of all rooms: values that cannot be, and keys that nobody has. */
  readonly problems: readonly SettingProblem[];
  /** `BALLAST_*` variables that no setting has. */
  readonly unknownVariables: readonly { readonly name: string; readonly hint: string }[];
}

export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Values of the cache settings' flags. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The declarations of all rooms. */
  readonly tables: readonly SettingSpecs[];
}

/** Resolves all rooms' settings. Throws nothing. */
export function readSettingsFacts({ env, cwd, flags, tables }: SettingSources): SettingsFacts {
  const { file, problem } = loadFile(cwd);
  const otherPaths = tables.flatMap((table) =>
    Object.entries(table).flatMap(([key, spec]) => settingPath(key, spec) ?? []),
  );
  const sources = { env, cwd, file, otherPaths };
  const others = tables.flatMap((table) => resolveSettings(table, sources).problems);
  const resolved = resolveSettings(cacheSettings, { ...sources, flags });
  const { values, problems } = resolved;
  return {
    values,
    token: readRunnerToken(resolved),
    file: file?.path,
    problems: distinct([...(problem === undefined ? [] : [problem]), ...problems, ...others]),
    unknownVariables: unknownVariables(env, tables),
  };
}

function loadFile(cwd: string): { readonly file?: SettingsFile | undefined; readonly problem?: SettingProblem } {
  try {
    return { file: loadSettingsFile(cwd) };
  } catch (cause) {
    if (!(cause instanceof BallastError)) throw cause;
    return { problem: { source: "file", name: "ballast.yaml", what: cause.message, fix: cause.spec.todo } };
  }
}

/** Two rooms that read one variable find the same thing wrong with it. */
function distinct(problems: readonly SettingProblem[]): SettingProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.name}\0${problem.what}`, problem])).values()];
}

function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
  tables: readonly SettingSpecs[],
): { name: string; hint: string }[] {
  const known = new Set(
    tables.flatMap((table) => Object.entries(table).map(([key, spec]) => settingVariable(key, spec))),
  );
  return Object.keys(env)
    .filter((name) => name.startsWith("BALLAST_") && !name.startsWith("BALLAST_TEST_") && !known.has(name))
    .toSorted()
    .map((name) => ({ name, hint: didYouMean(name, known) }));
}
