/** What a `ballast cache` command is about: this runner's folder, or a server. */

import { inspectErrors } from "../cache/inspect/errors.ts";
import { type ServerAddress, ServerApi } from "../cache/inspect/server-api.ts";
import { type CacheFolder, findCacheFolder } from "../cache/local/folder.ts";
import { readRunnerToken, withheldText } from "../cache/runner-token.ts";
import { cacheSettings } from "../cache/settings.ts";
import { detectJob } from "../ci/job.ts";
import { coreErrors } from "../core/core-errors.ts";
import type { FlagSpec } from "../core/flags.ts";
import { requireSettings, type ResolvedSettings, resolveSettings, settingFlags } from "../core/settings.ts";
import { loadSettingsFile } from "../core/settings-file.ts";
import { defaultGocache } from "../go/env.ts";
import type { CommandContext } from "./command.ts";
import { settingPaths } from "./generated/setting-paths.ts";

const { server, tokenFile, caFile, scope } = cacheSettings;

/** The settings that say where a server is. */
export const serverFlags = settingFlags({ server, tokenFile, caFile });

/** The flags of every command that is about one of the two. */
export const targetFlags = {
  ...serverFlags,
  ...settingFlags({ scope }),
  server: { ...serverFlags.server, doc: "Ask the cache server at this address instead of this runner's own folder." },
  remote: { type: "boolean", doc: "Ask the server that the settings name." },
  json: { type: "boolean", doc: "Print JSON." },
} as const satisfies Record<string, FlagSpec>;

export interface LocalTarget {
  readonly tier: "local";
  readonly gocache: string;
  readonly folder: CacheFolder;
  readonly scope: string;
}

export interface ServerTarget {
  readonly tier: "server";
  readonly api: ServerApi;
  /** Only where it was given as a flag: a listing shows all scopes otherwise. */
  readonly scope: string | undefined;
}

type Flags = Readonly<Record<string, unknown>>;
type ResolvedCacheSettings = ResolvedSettings<typeof cacheSettings>;

/** Throws `core/settings-invalid`, `inspect/cache-off`, `inspect/server-missing`. */
export function resolveTarget(context: CommandContext, flags: Flags): LocalTarget | ServerTarget {
  const resolved = resolveCacheSettings(context, flags);
  const { values } = resolved;
  if (flags["server"] === undefined && flags["remote"] !== true) {
    return localTarget(defaultGocache(context.env), values.scope ?? detectJob(context.env).scope);
  }
  const api = new ServerApi(serverAddress(context, resolved), context.signal);
  return { tier: "server", api, scope: typeof flags["scope"] === "string" ? flags["scope"] : undefined };
}

export function resolveCacheSettings(context: CommandContext, flags: Flags): ResolvedCacheSettings {
  const { env, cwd } = context;
  const file = loadSettingsFile(cwd);
  const resolved = resolveSettings(cacheSettings, { env, flags, cwd, file, otherPaths: settingPaths });
  requireSettings(resolved);
  return resolved;
}

export function localTarget(gocache: string, ofScope: string): LocalTarget {
  if (gocache === "off") throw inspectErrors.error("inspect/cache-off", "GOCACHE=off");
  return { tier: "local", gocache, folder: findCacheFolder(gocache, ofScope), scope: ofScope };
}

/** Throws `inspect/server-missing`, or `core/settings-invalid` for a token that cannot be read. */
export function serverAddress(context: CommandContext, resolved: ResolvedCacheSettings): ServerAddress {
  const { values } = resolved;
  if (values.server === undefined) throw inspectErrors.error("inspect/server-missing", "--remote without a server");
  const { from = "", token, trouble } = readRunnerToken(resolved);
  if (trouble === "withheld") context.stderr.write(`ballast: warning: ${withheldText(from)}\n`);
  else if (trouble !== undefined) throw coreErrors.error("core/settings-invalid", `\n  ${from}: ${troubles[trouble]}`);
  return { server: values.server, token, caFile: values.caFile };
}

const troubles = {
  unreadable: "the token file cannot be read; check the path and its permissions",
  "no-token": "it holds no single token; write one word, or `read TOKEN` and `write TOKEN` lines",
} as const;
