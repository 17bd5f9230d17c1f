/** The server that a command is about which only a server can answer. */

import { ServerApi } from "../cache/inspect/server-api.ts";
import { type CommandContext } from "./command.ts";
import { resolveCacheSettings, serverAddress, serverFlags } from "./cache-target.ts";

export const onlyServerFlags = { ...serverFlags, json: { type: "boolean", doc: "Print JSON." } } as const;

/** Throws `core/settings-invalid`, `inspect/server-missing`. */
export function requireServer(context: CommandContext, flags: Readonly<Record<string, unknown>>): ServerApi {
  return new ServerApi(serverAddress(context, resolveCacheSettings(context, flags)), context.signal);
}
