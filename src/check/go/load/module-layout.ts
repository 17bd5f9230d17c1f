/** Which module each folder belongs to, and the import path that follows from it. */

import { folderOf, readGoModule, type GoModule } from "../../go-module.ts";
import type { SourceTree } from "../../source-tree.ts";

/** Go's rule for a go.mod without a go line. */
const versionWithoutLine = "1.16";
/** Sources without any go.mod are taken as the newest Go takes them. */
const versionWithoutModule = "1.26";

export interface FolderPlace {
  /** Import path; for a folder outside of modules its own path. */
  readonly importPath: string;
  /** `1.24`. */
  readonly goVersion: string;
}

export interface ModuleLayout {
  readonly modules: readonly GoModule[];
  placeOf(folder: string): FolderPlace;
}

/** Reads every go.mod among the paths. */
export function readLayout(tree: SourceTree): ModuleLayout {
  const folders = tree.paths.filter((path) => /(?:^|\/)go\.mod$/.test(path)).map(folderOf);
  const modules = folders.flatMap((folder) => readGoModule(tree, folder) ?? []);
  const byFolder = new Map(modules.map((module) => [module.folder, module]));
  return { modules, placeOf: (folder) => placeIn(byFolder, folder) };
}

function placeIn(modules: ReadonlyMap<string, GoModule>, folder: string): FolderPlace {
  for (let at = folder; ; at = folderOf(at)) {
    const module = modules.get(at);
    if (module !== undefined) {
      const below = at === "" ? folder : folder.slice(at.length + 1);
      return {
        importPath: below === "" ? module.path : `${module.path}/${below}`,
        goVersion: /^\d+\.\d+/.exec(module.goVersion ?? "")?.[0] ?? versionWithoutLine,
      };
    }
    if (at === "") return { importPath: folder === "" ? "." : folder, goVersion: versionWithoutModule };
  }
}
