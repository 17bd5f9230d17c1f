/** Finds the files of a repository: what git knows or would add, or without git what no .gitignore leaves out. */

import { type Stats, lstatSync } from "node:fs";
import { dirname, join, posix } from "node:path";

import type { RepositoryFile } from "../area.ts";
import type { Partial } from "../finding.ts";
import type { CheckedScope, ScopePart } from "./checked-scope.ts";
import { fileKind, isForeign } from "./file-kind.ts";
import { gitOutput, zeroParts } from "./git.ts";
import { listFolder } from "./folder-walk.ts";
import { fileLimitBytes, fileLimitCount } from "./limits.ts";

export interface Discovery {
  /** All paths, also of files that no area looks at, in order. */
  readonly paths: readonly string[];
  readonly files: readonly RepositoryFile[];
  readonly partial: readonly Partial[];
  readonly usedGit: boolean;
}

export interface DiscoveryRequest {
  readonly scope: CheckedScope;
  /** Globs of paths that are left out. */
  readonly exclude: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** `false`: the folder is walked even if it lies in a checkout. */
  readonly useGit?: boolean;
}

/** Lists what is to be checked. What is left out although it looks like ours is in `partial`. */
export async function discover(request: DiscoveryRequest): Promise<Discovery> {
  const { scope, exclude } = request;
  const listed = (await listWithGit(request)) ?? (await listFolder(scope));
  const globs = exclude.map((pattern) => new Bun.Glob(pattern));
  const isKept = (path: string): boolean => !globs.some((glob) => glob.match(path));
  const paths = [...new Set([...listed.paths, ...moduleFilesAbove(scope)])].filter(isKept).toSorted();
  const partial: Partial[] = [...listed.partial];
  if (paths.length > fileLimitCount) {
    partial.push({
      path: ".",
      line: 1,
      reason: `only the first ${fileLimitCount} of ${paths.length} files were looked at`,
    });
  }
  const kept = paths.slice(0, fileLimitCount);
  const files = kept.flatMap((path) => describeFile(scope, path, partial) ?? []);
  return { paths: kept, files, partial, usedGit: listed.usedGit };
}

/** The files of the whole discovery that lie in the named parts decide; the module above only explains them. */
function moduleFilesAbove({ root, parts }: CheckedScope): string[] {
  const folders = new Set(parts.flatMap(({ path, isFile }) => foldersAbove(isFile ? posix.dirname(path) : path)));
  return [...folders].flatMap((folder) =>
    ["go.mod", "go.sum", "go.work", "go.work.sum"]
      .map((name) => posix.join(folder, name))
      .filter((path) => statOf(join(root, path))?.isFile() === true),
  );
}

function foldersAbove(path: string): string[] {
  const folders = [path === "" ? "." : path];
  while (folders.at(-1) !== ".") folders.push(posix.dirname(folders.at(-1) ?? "."));
  return folders;
}

function describeFile(scope: CheckedScope, path: string, partial: Partial[]): RepositoryFile | undefined {
  const kind = fileKind(path);
  if (kind === undefined || isForeign(belowPart(scope, path), kind)) return undefined;
  const stat = statOf(`${scope.root}/${path}`);
  // Gone since it was listed, a symlink (its target is listed itself, if it is ours), a pipe.
  if (stat === undefined || !stat.isFile()) return undefined;
  if (stat.size <= fileLimitBytes) return { path, kind, sizeBytes: stat.size };
  partial.push({ path, line: 1, reason: `not read: ${stat.size} bytes are more than ${fileLimitBytes}` });
  return undefined;
}

/** A folder that was named is checked, whatever it is called; only folders below it may be foreign. */
function belowPart({ parts }: CheckedScope, path: string): string {
  const inside = parts.filter((part) => !part.isFile && path.startsWith(`${part.path}/`));
  const depth = Math.max(0, ...inside.map((part) => part.path.length + 1));
  return parts.some((part) => part.isFile && part.path === path) ? posix.basename(path) : path.slice(depth);
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // a folder on the way cannot be searched: then nobody can read the file either
  }
}

interface Listing {
  readonly paths: readonly string[];
  readonly partial: readonly Partial[];
  readonly usedGit: boolean;
}

async function listWithGit({ scope, env, signal, useGit }: DiscoveryRequest): Promise<Listing | undefined> {
  if (useGit === false || !isInCheckout(scope.root)) return undefined;
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...scope.parts.map(pathspec)];
  const output = await gitOutput({ folder: scope.root, env, signal }, args);
  if (output === undefined) return undefined;
  const isWanted = (path: string): boolean => scope.parts.some((part) => !part.isFile || isBeside(part, path));
  return { paths: zeroParts(output).filter(isWanted), partial: [], usedGit: true };
}

/** A folder, or the folder of a file: a Go file is understood with the rest of its package. */
function pathspec({ path, isFile }: ScopePart): string {
  const folder = isFile ? posix.dirname(path) : path;
  return `:(literal)${folder === "." ? "" : folder}`;
}

function isBeside(part: ScopePart, path: string): boolean {
  return posix.dirname(part.path) === posix.dirname(path);
}

function isInCheckout(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (statOf(join(at, ".git")) !== undefined) return true;
    if (dirname(at) === at) return false;
  }
}
