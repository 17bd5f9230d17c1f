/** Which folder a check is about: the root that the models see, the part of it that is reported, and how paths are shown. */

import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";

import { checkErrors } from "./errors.ts";

export interface CheckedScope {
  /** What the models take for the repository: absolute, without symlinks. */
  readonly root: string;
  /** The folder to which reported paths are relative: the one that was named. At or below the root. */
  readonly base: string;
  /** Folders and files that are reported, relative to the root with slashes; `""` is all of it. */
  readonly parts: readonly ScopePart[];
}

export interface ScopePart {
  readonly path: string;
  readonly isFile: boolean;
}

const rootMarks = [".git", "go.work", "go.mod", ".github", ".gitlab-ci.yml", "Jenkinsfile", "ballast.yaml"];
/** Marks above the named folder: the module that it belongs to, up to the checkout. */
const moduleMarks = ["go.work", "go.mod"];

/** Finds out what `paths` mean. Throws `check/path-missing`. */
export function findScope(cwd: string, paths: readonly string[]): CheckedScope {
  const here = realpathSync(cwd);
  const named = (paths.length === 0 ? ["."] : paths).map((path) => namedPath(here, path));
  const base = commonBase(here, named);
  const root = findRoot(base);
  const parts = named.map(({ path, isFile }) => ({ path: slashed(relative(root, path)), isFile }));
  return { root, base, parts };
}

/** Whether a path below the root is to be reported. */
export function isInScope({ parts }: CheckedScope, path: string): boolean {
  return parts.some((part) => part.path === "" || part.path === path || path.startsWith(`${part.path}/`));
}

/** A path below the root as it is reported: relative to the folder that was named. */
export function reportedPath({ root, base }: CheckedScope, path: string): string {
  return root === base ? path : posix.relative(slashed(relative(root, base)), path);
}

function namedPath(cwd: string, path: string): { readonly path: string; readonly isFile: boolean } {
  // `./...` is how Go's own commands name a folder and all below it.
  const plain = path.replace(/(?:^|\/)\.\.\.$/, "") || ".";
  try {
    const real = realpathSync(resolve(cwd, plain));
    return { path: real, isFile: statSync(real).isFile() };
  } catch (cause) {
    throw checkErrors.error("check/path-missing", path, { cause });
  }
}

/** One folder: itself. Otherwise the working directory, if everything lies in it, or the lowest folder that holds all. */
function commonBase(cwd: string, named: readonly { readonly path: string; readonly isFile: boolean }[]): string {
  const [first] = named;
  if (first !== undefined && named.length === 1 && !first.isFile) return first.path;
  if (named.every(({ path }) => isBelow(cwd, path))) return cwd;
  let base = dirname(first?.path ?? cwd);
  while (!named.every(({ path }) => isBelow(base, path))) base = dirname(base);
  return base;
}

function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function findRoot(base: string): string {
  if (rootMarks.some((mark) => existsSync(join(base, mark)))) return base;
  for (let folder = base; ; folder = dirname(folder)) {
    if (moduleMarks.some((mark) => existsSync(join(folder, mark)))) return folder;
    if (dirname(folder) === folder || existsSync(join(folder, ".git"))) return base;
  }
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
