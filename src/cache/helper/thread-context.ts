/** What each network thread of a helper sets up for itself from the options. */

import { hashToolchain } from "../../go/toolchain.ts";
import { imageFingerprint } from "../../go/image.ts";
import type { SharedToolHashes } from "../../go/shared-tool-hashes.ts";
import { type CacheFolder, openCacheFolder } from "../local/folder.ts";
import type { RequestContext } from "../protocol/entry.ts";
import { type CacheClient, createCacheClient } from "./client.ts";
import type { HelperOptions } from "./options.ts";

export interface ThreadContext {
  readonly folder: CacheFolder;
  readonly client: CacheClient;
  readonly context: RequestContext;
  readonly toolchainTag: number;
}

/** `undefined` when it cannot be said what toolchain builds here: then nothing is shared. */
export function openThreadContext(options: HelperOptions, toolHashes?: SharedToolHashes): ThreadContext | undefined {
  const folder = openCacheFolder(options.gocache, options.scope);
  const toolchain = hashToolchain(options.goroot, options.toolFolder, toolchainMemoPath(folder), toolHashes);
  if (toolchain === undefined || options.server === undefined) return undefined;
  const { scope, ancestors, provenance } = options;
  const context = { scope, ancestors, provenance, toolchain, image: imageFingerprint(options.image) };
  const client = createCacheClient({ server: options.server, token: options.token, caFile: options.caFile, context });
  return { folder, client, context, toolchainTag: toolchainTag(toolchain) };
}

/** Folders that are the same on every runner of an image: a module index of theirs may be shared. */
export function sharedFolders({ goroot, gomodcache }: HelperOptions): string[] {
  return [`${goroot}/src/`, `${gomodcache}/`];
}

export function toolchainMemoPath(folder: CacheFolder): string {
  return `${folder.ballastPath}/toolchain`;
}

/** What a local record keeps of a toolchain's hash; never 0, which means that it is not known. */
export function toolchainTag(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 16) || 1;
}
