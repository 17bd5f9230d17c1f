/**
 * Where a scope's entries lie on a runner. The GOCACHE folder itself belongs to the first scope that used it; every
 * other scope has a folder of its own beside it, so that what a pull request left behind is never a hit for main.
 */

import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { textIfReadable } from "../../core/file-text.ts";
import { readNames } from "../../core/folder-names.ts";

export interface CacheFolder {
  /** The folder in Go's format. */
  readonly path: string;
  /** Ballast's own files for it: index, temporary files, toolchain hashes. */
  readonly ballastPath: string;
}

/** Finds the scope's folder under `gocache` and makes what is missing. Nothing is made where nothing can be. */
export function openCacheFolder(gocache: string, scope: string): CacheFolder {
  const ballastPath = `${gocache}/ballast`;
  if (ownerOf(ballastPath, scope) === scope) return prepared({ path: gocache, ballastPath });
  const folder = prepared(scopeFolder(gocache, scope));
  makeSubfolders(folder.path);
  return folder;
}

/** Where the scope's folder is, or would be: for those who only look. Makes nothing, and claims nothing. */
export function findCacheFolder(gocache: string, scope: string): CacheFolder {
  const ballastPath = `${gocache}/ballast`;
  const owner = textIfReadable(`${ballastPath}/scope`) ?? scope;
  return owner === scope ? { path: gocache, ballastPath } : scopeFolder(gocache, scope);
}

/** Scopes other than `scope` that have a folder under `gocache`. */
export function otherScopes(gocache: string, scope: string): string[] {
  const owner = textIfReadable(`${gocache}/ballast/scope`);
  const others = readNames(`${gocache}/ballast/scopes`).map(decodeURIComponent);
  return [...(owner === undefined ? [] : [owner]), ...others].filter((name) => name !== scope);
}

function scopeFolder(gocache: string, scope: string): CacheFolder {
  const path = `${gocache}/ballast/scopes/${encodeURIComponent(scope).replaceAll(".", "%2E")}`;
  return { path, ballastPath: `${path}/ballast` };
}

/** Who owns the folder; claims it for `scope` when nobody does. The link makes the claim atomic. */
function ownerOf(ballastPath: string, scope: string): string {
  const marker = `${ballastPath}/scope`;
  const found = textIfReadable(marker);
  if (found !== undefined) return found;
  const claim = `${marker}.${process.pid}`;
  try {
    mkdirSync(ballastPath, { recursive: true });
    writeFileSync(claim, scope);
    linkSync(claim, marker);
  } catch {
    return textIfReadable(marker) ?? scope; // another helper was first, or a folder that nobody can write to
  } finally {
    removeFile(claim);
  }
  return scope;
}

/** `force` is not enough: Bun 1.4.5 throws EFAULT where a part of the path is a file. */
function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    return; // it was never made
  }
}

function prepared(folder: CacheFolder): CacheFolder {
  try {
    mkdirSync(`${folder.ballastPath}/tmp`, { recursive: true });
  } catch {
    return folder; // read-only: reading still helps, and puts go elsewhere
  }
  return folder;
}

/** Go makes the 256 folders of GOCACHE before it starts a helper; those of another scope are ours to make. */
function makeSubfolders(path: string): void {
  try {
    for (let i = 0; i < 256; i++) mkdirSync(`${path}/${i.toString(16).padStart(2, "0")}`, { recursive: true });
  } catch {
    return; // read-only or full: this scope has no folder here, and puts go elsewhere
  }
}
