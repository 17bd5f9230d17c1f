/** What `ballast init` sees of a repository: modules, programs, and what builds them so far. */

import { folderOf, readGoModule } from "../go-module.ts";
import type { GoModule } from "../go-module.ts";
import { isDockerfile } from "../image/load.ts";
import type { SourceTree } from "../source-tree.ts";

export type CiPlatform = "github" | "gitlab";

export interface GoProgram {
  /** As an image or a file is called. */
  readonly name: string;
  /** The package's folder below the root; empty for the root. */
  readonly folder: string;
  readonly importsC: boolean;
}

export interface RepositoryView {
  /** Those that are built together: the workspace's, or all. The one at the root first. */
  readonly modules: readonly GoModule[];
  readonly hasWorkspace: boolean;
  readonly hasWorkspaceSum: boolean;
  /** The newest `go` or `toolchain` line, as `1.25`. */
  readonly goMinor: string;
  readonly programs: readonly GoProgram[];
  readonly pipelines: readonly string[];
  readonly hasJenkinsfile: boolean;
  readonly dockerfiles: readonly string[];
  readonly hasSettings: boolean;
  /** Names that cannot be written into a pipeline as they are, and were left out. */
  readonly oddNames: readonly string[];
}

const limits = { goFiles: 20_000, modules: 200 } as const;
/** Names that mean the same in YAML, a shell and a Dockerfile. */
const plainPath = /^[\w.+-]+(?:\/[\w.+-]+)*$/;
const fallbackMinor = "1.26";

/** Looks at a tree. `read` sees every file of the repository. */
export function viewRepository(tree: SourceTree): RepositoryView {
  const oddNames: string[] = [];
  const modules = findModules(tree, oddNames);
  const workspace = tree.read("go.work");
  const versions = [
    ...modules.flatMap(({ goVersion, toolchain }) => [goVersion, toolchain]),
    workspaceVersion(workspace),
  ];
  return {
    modules,
    hasWorkspace: workspace !== undefined,
    hasWorkspaceSum: tree.read("go.work.sum") !== undefined,
    goMinor: newestMinor(versions) ?? fallbackMinor,
    programs: findPrograms(tree, modules, oddNames),
    pipelines: tree.paths.filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$|^\.gitlab-ci\.ya?ml$/.test(path)),
    hasJenkinsfile: tree.paths.some((path) => /(?:^|\/)Jenkinsfile/.test(path)),
    dockerfiles: tree.paths.filter(isDockerfile),
    hasSettings: tree.read("ballast.yaml") !== undefined,
    oddNames,
  };
}

function workspaceVersion(text: string | undefined): string | undefined {
  return /^\s*go\s+(\d+\.\d+\S*)/m.exec(text ?? "")?.[1];
}

/** The modules of go.work; without one, all that are no test data. */
function findModules(tree: SourceTree, oddNames: string[]): GoModule[] {
  const work = tree.read("go.work")?.replace(/\/\/[^\n]*/g, "");
  const used = work === undefined ? undefined : usedFolders(work);
  const all = tree.paths.filter((path) => path === "go.mod" || path.endsWith("/go.mod")).map(folderOf);
  const chosen = all.filter((folder) => used === undefined || used.has(folder)).slice(0, limits.modules);
  const ordered = chosen.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return ordered.filter((folder) => isPlain(folder, oddNames)).flatMap((folder) => readGoModule(tree, folder) ?? []);
}

function usedFolders(work: string): ReadonlySet<string> {
  const blocks = [...work.matchAll(/^\s*use\s*\(([^)]*)\)/gm)].map(([, body]) => body ?? "");
  const single = [...work.matchAll(/^\s*use\s+([^(\s]\S*)/gm)].map(([, folder]) => folder ?? "");
  const words = [...blocks.flatMap((body) => body.split(/\s+/)), ...single].filter((word) => word !== "");
  return new Set(
    words.map((word) =>
      word
        .replace(/^"|"$/g, "")
        .replace(/^\.\/?/, "")
        .replace(/\/$/, ""),
    ),
  );
}

function isPlain(path: string, oddNames: string[]): boolean {
  const isFine = path === "" || (plainPath.test(path) && !path.includes(".."));
  if (!isFine) oddNames.push(path);
  return isFine;
}

function newestMinor(versions: readonly (string | undefined)[]): string | undefined {
  const minors = versions.flatMap((version) => /^1\.(\d+)/.exec(version ?? "")?.[1] ?? []).map(Number);
  return minors.length === 0 ? undefined : `1.${Math.max(...minors)}`;
}

/** The folders with `package main` in the modules, examples and tools of their own left out. */
function findPrograms(tree: SourceTree, modules: readonly GoModule[], oddNames: string[]): GoProgram[] {
  const files = tree.paths
    .filter((path) => path.endsWith(".go") && !path.endsWith("_test.go"))
    .slice(0, limits.goFiles);
  const folders = new Map<string, { isMain: boolean; importsC: boolean }>();
  for (const path of files) {
    const text = tree.read(path) ?? "";
    const isMain =
      /^package main\b/m.test(text) && /^func main\(\)/m.test(text) && !/^\/\/go:build ignore\b/m.test(text);
    const known = folders.get(folderOf(path)) ?? { isMain: false, importsC: false };
    const importsC = known.importsC || /^import "C"|^\s+"C"$/m.test(text);
    folders.set(folderOf(path), { isMain: known.isMain || isMain, importsC });
  }
  const anyC = [...folders.values()].some(({ importsC }) => importsC);
  return [...folders]
    .filter(
      ([folder, { isMain }]) => isMain && isShipped(folder) && isInModule(modules, folder) && isPlain(folder, oddNames),
    )
    .map(([folder]) => ({ name: programName(modules, folder), folder, importsC: anyC }))
    .toSorted((a, b) => a.folder.length - b.folder.length || (a.folder < b.folder ? -1 : 1));
}

function isShipped(folder: string): boolean {
  return !/(?:^|\/)(?:examples?|tools?|hack|scripts?|internal|testdata|vendor|_[^/]*|\.[^/]*)(?:\/|$)/.test(folder);
}

function isInModule(modules: readonly GoModule[], folder: string): boolean {
  return modules.some(
    (module) => module.folder === "" || folder === module.folder || folder.startsWith(`${module.folder}/`),
  );
}

/** The folder's name; for a module's own folder the last word of its path. */
function programName(modules: readonly GoModule[], folder: string): string {
  const own = modules.find((module) => module.folder === folder);
  const path = own === undefined ? folder : own.path.replace(/\/v\d+$/, "");
  const name = path.slice(path.lastIndexOf("/") + 1);
  return plainPath.test(name) ? name : "app";
}
