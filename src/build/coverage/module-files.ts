/** Where the files that a profile names lie on this disk. */

import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { textIfReadable } from "../../core/file-text.ts";

export interface ModuleRoot {
  /** The module's path. */
  readonly path: string;
  readonly folder: string;
}

export interface ModuleFiles {
  readonly roots: readonly ModuleRoot[];
  /** The file's absolute path; `undefined` where no module here has it. */
  find(name: string): string | undefined;
  /** The same of a package's folder. */
  findPackage(path: string): string | undefined;
  /** Relative to the folder that everything lies in, for reports; the name itself where it is not here. */
  show(name: string): string;
}

/** The modules that go would use in `cwd`: those of go.work, or the one whose go.mod is nearest. */
export function openModuleFiles(cwd: string): ModuleFiles {
  const roots = findRoots(cwd);
  const byLength = roots.toSorted((a, b) => b.path.length - a.path.length);
  const locate = (name: string): string | undefined => {
    if (isAbsolute(name)) return resolve(name);
    for (const { path, folder } of byLength) {
      if (name === path) return folder;
      const below = name.startsWith(`${path}/`) ? resolve(folder, name.slice(path.length + 1)) : undefined;
      if (below !== undefined && !relative(folder, below).startsWith("..")) return below;
    }
    return undefined;
  };
  const find = (name: string): string | undefined => {
    const path = locate(name);
    return path !== undefined && path.endsWith(".go") && existsSync(path) ? path : undefined;
  };
  return {
    roots,
    find,
    findPackage: (path) => {
      const folder = locate(path);
      return folder !== undefined && existsSync(folder) ? folder : undefined;
    },
    show: (name) => {
      const path = locate(name);
      return path === undefined ? name : relative(cwd, path);
    },
  };
}

function findRoots(cwd: string): ModuleRoot[] {
  const work = findUp(cwd, "go.work");
  const used = work === undefined ? [] : usedFolders(work).flatMap(readRoot);
  const own = findUp(cwd, "go.mod");
  return own === undefined ? used : [...used, ...readRoot(dirname(own))];
}

function findUp(cwd: string, name: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}

function usedFolders(work: string): string[] {
  const text = (textIfReadable(work) ?? "").replace(/\/\/[^\n]*/g, "");
  const listed = [...text.matchAll(/^\s*use\s*\(([^)]*)\)/gm)].flatMap((match) => (match[1] ?? "").split("\n"));
  const single = [...text.matchAll(/^\s*use\s+([^(\s]\S*)\s*$/gm)].map((match) => match[1] ?? "");
  return [...listed, ...single]
    .map((line) => line.trim().replaceAll('"', ""))
    .filter((line) => line !== "")
    .map((line) => resolve(dirname(work), line));
}

function readRoot(folder: string): ModuleRoot[] {
  const path = /^\s*module\s+"?([^\s"]+)/m.exec(textIfReadable(join(folder, "go.mod")) ?? "")?.[1];
  return path === undefined ? [] : [{ path, folder }];
}
