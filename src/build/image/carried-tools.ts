/** What is handed into a build: the executable, and secrets in files that only this user can read. */

import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HelperOptions } from "../../cache/helper/options.ts";
import { ownCommand } from "../../core/own-command.ts";
import { userCacheFolder } from "../../go/env.ts";
import { quoteWords } from "../cacheprog-value.ts";
import type { BuildSecret } from "./builder-command.ts";
import { carried } from "./carried-dockerfile.ts";
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

/** Writes the secrets into `folder`: how the helper is started in a step, the token, and certificates. */
export function writeSecrets(folder: string, options: CarryOptions): BuildSecret[] {
  const secrets: BuildSecret[] = [];
  const add = (id: string, text: string): void => {
    const path = join(folder, id);
    writeFileSync(path, text, { mode: 0o600 });
    secrets.push({ id, path });
  };
  add(carried.cacheprog, quoteWords(helperWords(options)));
  if (options.token !== undefined) add(carried.token, `${options.token}\n`);
  if (options.caFile !== undefined) secrets.push({ id: carried.ca, path: options.caFile });
  return secrets;
}

/** In a step there is no CI job to be told from variables, so whatever is known here is said. */
function helperWords(options: CarryOptions): string[] {
  const { server, token, caFile, scope, ancestors, mode, share, image, waitLimitMs } = options;
  const words = [`${carried.toolsFolder}/ballast`, "cacheprog"];
  if (server !== undefined) words.push("--server", server);
  if (token !== undefined) words.push("--token-file", carried.tokenPath);
  if (caFile !== undefined) words.push("--ca-file", carried.caPath);
  words.push("--scope", scope, "--mode", mode, "--share", share.join(","), "--wait-limit", `${waitLimitMs}ms`);
  if (ancestors.length > 0) words.push("--ancestors", ancestors.join(","));
  return image === undefined ? words : [...words, "--image", image];
}
