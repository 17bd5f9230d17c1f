/** What is handed into a build: the executable, and secrets in files that only this user can read. */

import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HelperOptions } from "../../cache/helper/options.ts";
import { ownCommand } from "../../core/own-command.ts";
import { userCacheFolder } from "../../go/env.ts";
import type { BuildSecret } from "./builder-command.ts";
import { carried, carriedVariables, variableSecret } from "./carried-dockerfile.ts";
import { imageErrors } from "./errors.ts";

/**
 * A folder with this executable alone, the same for each build: BuildKit sends a file again only when its name, size or
 * time changed. Throws `build/image-tools`.
 */
export function toolsFolder(env: Readonly<Record<string, string | undefined>>): string {
  const [executable, ...rest] = ownCommand();
  if (executable === undefined || rest.length > 0) {
    throw imageErrors.error("build/image-tools", "Ballast was started from its sources");
  }
  try {
    const { size, mtimeMs } = statSync(executable);
    const folder = join(userCacheFolder(env), "ballast", "image-tools", `${size}-${Math.round(mtimeMs)}`);
    const path = join(folder, "ballast");
    if (existsSync(path)) return folder;
    mkdirSync(folder, { recursive: true });
    linkOrCopy(executable, path);
    return folder;
  } catch (cause) {
    throw imageErrors.error("build/image-tools", (cause as Error).message, { cause });
  }
}

/** A link costs nothing; between file systems it is a copy. Complete in both cases, whoever else does the same. */
function linkOrCopy(from: string, to: string): void {
  const own = `${to}.${process.pid}`;
  rmSync(own, { force: true });
  try {
    linkSync(from, own);
  } catch {
    copyFileSync(from, own); // another file system, or one without hard links
  }
  renameSync(own, to);
}

export type CarryOptions = Pick<
  HelperOptions,
  "server" | "token" | "caFile" | "scope" | "ancestors" | "mode" | "share" | "image" | "waitLimitMs"
>;

/** Writes the secrets into `folder`: how go starts the helper in a step, what that is told, the token, certificates. */
export function writeSecrets(folder: string, options: CarryOptions): BuildSecret[] {
  const secrets: BuildSecret[] = [];
  const add = (id: string, text: string): void => {
    const path = join(folder, id);
    writeFileSync(path, text, { mode: 0o600 });
    secrets.push({ id, path });
  };
  for (const name of carriedVariables) {
    const value = variableValue(name, options);
    if (value !== undefined) add(variableSecret(name), value);
  }
  if (options.token !== undefined) add(carried.token.id, `${options.token}\n`);
  if (options.caFile !== undefined) secrets.push({ id: carried.ca.id, path: options.caFile });
  return secrets;
}

/** In a step there is no CI job to be told from variables, so whatever is known here is said. */
function variableValue(name: (typeof carriedVariables)[number], options: CarryOptions): string | undefined {
  const { server, token, caFile, scope, ancestors, mode, share, image, waitLimitMs } = options;
  switch (name) {
    case "GOCACHEPROG":
      return `${carried.toolsFolder}/ballast cacheprog`;
    case "BALLAST_SERVER":
      return server;
    case "BALLAST_TOKEN_FILE":
      return token === undefined ? undefined : carried.token.path;
    case "BALLAST_CA_FILE":
      return caFile === undefined ? undefined : carried.ca.path;
    case "BALLAST_SCOPE":
      return scope;
    case "BALLAST_ANCESTORS":
      return ancestors.length === 0 ? undefined : ancestors.join(",");
    case "BALLAST_MODE":
      return mode;
    case "BALLAST_SHARE":
      return share.join(",");
    case "BALLAST_IMAGE":
      return image;
    case "BALLAST_WAIT_LIMIT":
      return `${waitLimitMs}ms`;
  }
}
