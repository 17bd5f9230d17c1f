/**
 * The caches that steps of a workflow restore and save. Sources: actions/cache and actions/setup-go (cache-restore.ts,
 * cache-save.ts: an exact hit is never saved again; the key has no job and no flags), @actions/cache (the version is a
 * hash over the paths as given).
 */

import type { ActionUse, CachePath, CacheUse, CiText, Environment, GoFolders, GoSetup } from "../model.ts";
import { type Machine, holdsFolder, resolveCachePath } from "../paths.ts";

/** Actions that behave as actions/cache does, with another store. */
const cacheActions =
  /^(?:actions|buildjet|useblacksmith|runs-on|WarpBuilds|ubicloud|tespkg|corca-ai|whywaita)\/cache(?:\/(restore|save))?$/;

export interface Moment {
  readonly env: Environment;
  readonly machine: Machine;
  readonly folders: GoFolders;
  /** `Linux-X64`, and the image, as far as known. */
  readonly platform: string;
}

export function isCacheAction(name: string): boolean {
  return cacheActions.test(name);
}

/** The cache of an actions/cache step; undefined when its inputs are not there. */
export function cacheOfAction(action: ActionUse, moment: Moment): CacheUse | undefined {
  const kind = cacheActions.exec(action.name)?.[1];
  const key = action.inputs.get("key");
  const path = action.inputs.get("path");
  if (key === undefined || path === undefined) return undefined;
  const paths = pathLines(path).map((text) => cachePath(text, path, moment));
  const isLookup = action.inputs.get("lookup-only")?.text === "true";
  const fallbacks = action.inputs.get("restore-keys");
  return {
    mechanism: action.name,
    place: action.place,
    key,
    fallbacks: fallbacks === undefined ? [] : pathLines(fallbacks).map((text) => ({ text, place: fallbacks.place })),
    paths,
    holds: holdingsOf(paths, moment.folders),
    version: `${moment.machine.os === "windows" ? "windows " : ""}${paths.map(({ text }) => text).join("\n")}`,
    restores: kind !== "save" && !isLookup,
    saves: savesOf(kind, isLookup),
    restoredAt: action.at,
    savedAt: kind === "save" ? action.at : Number.POSITIVE_INFINITY,
    isUnprotected: false,
    inputs: action.inputs,
  };
}

function savesOf(kind: string | undefined, isLookup: boolean): CacheUse["saves"] {
  if (kind === "save") return "always";
  return kind === "restore" || isLookup ? "never" : "when-missed";
}

/** The lines of a list input; comment lines are not part of it. */
function pathLines(input: CiText): readonly string[] {
  return input.text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function cachePath(text: string, input: CiText, { env, machine }: Moment): CachePath {
  return { text, place: input.place, folder: text.startsWith("!") ? undefined : resolveCachePath(text, env, machine) };
}

export function holdingsOf(paths: readonly CachePath[], folders: GoFolders): CacheUse["holds"] {
  const holds = (inner: string | undefined): boolean =>
    inner !== undefined && paths.some(({ folder }) => folder !== undefined && holdsFolder(folder, inner));
  return { build: holds(folders.build), modules: holds(folders.modules) };
}

/** setup-go's own cache; undefined when it is off. */
function cacheOfSetup(action: ActionUse, major: number | undefined, moment: Moment): CacheUse | undefined {
  const input = action.inputs.get("cache")?.text;
  // v2 had no cache, v3 had it off by default.
  const isOn = input === undefined ? (major ?? 4) >= 4 : input !== "false";
  if (!isOn || (major !== undefined && major < 3)) return undefined;
  const version =
    action.inputs.get("go-version")?.text ?? `file ${action.inputs.get("go-version-file")?.text ?? "PATH"}`;
  const dependencies = action.inputs.get("cache-dependency-path")?.text ?? ((major ?? 6) >= 6 ? "go.mod" : "go.sum");
  const { build, modules } = moment.folders;
  const folders = [modules, build].map((folder) => folder ?? "");
  return {
    mechanism: "setup-go",
    place: action.place,
    key: { text: `setup-go-${moment.platform}-go-${version}-hash(${dependencies})`, place: action.place },
    fallbacks: [],
    paths: folders.map((folder) => ({ text: folder, place: action.place, folder: folder === "" ? undefined : folder })),
    holds: { build: build !== undefined, modules: modules !== undefined },
    version: folders.join("\n"),
    restores: true,
    saves: "when-missed",
    restoredAt: action.at,
    savedAt: Number.POSITIVE_INFINITY,
    isUnprotected: false,
    inputs: action.inputs,
  };
}

/** An actions/setup-go step. */
export function setupOf(action: ActionUse, comment: string, moment: Moment): GoSetup {
  const written = /^v(\d+)/.exec(action.reference) ?? /#\s*(?:tag=)?v(\d+)/.exec(comment);
  const major = written === null ? undefined : Number(written[1]);
  return {
    place: action.place,
    at: action.at,
    major,
    version: action.inputs.get("go-version"),
    versionFile: action.inputs.get("go-version-file"),
    cache: cacheOfSetup(action, major, moment),
    inputs: action.inputs,
  };
}
