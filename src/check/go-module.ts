/** What a go.mod says, as far as an image build depends on it. */

import type { SourceTree } from "./source-tree.ts";

export interface GoModule {
  /** The folder of go.mod below the checked one; empty for that itself. */
  readonly folder: string;
  readonly path: string;
  /** `1.24.2` of the go line. */
  readonly goVersion: string | undefined;
  /** `1.25.1` of the toolchain line. */
  readonly toolchain: string | undefined;
  readonly hasSum: boolean;
  /** Whether a replace line points into the tree: then go.mod alone is not enough to download. */
  readonly hasLocalReplace: boolean;
  readonly hasRequirements: boolean;
}

/** The module whose go.mod lies in `folder`. */
export function readGoModule(tree: SourceTree, folder: string): GoModule | undefined {
  const text = tree.read(joinPath(folder, "go.mod"));
  if (text === undefined) return undefined;
  const plain = text.replace(/\/\/[^\n]*/g, "");
  return {
    folder,
    path: /^\s*module\s+"?([^\s"]+)/m.exec(plain)?.[1] ?? "",
    goVersion: /^\s*go\s+(\d+\.\d+\S*)/m.exec(plain)?.[1],
    toolchain: /^\s*toolchain\s+go(\d+\.\d+\S*)/m.exec(plain)?.[1],
    hasSum: tree.read(joinPath(folder, "go.sum")) !== undefined,
    hasLocalReplace: /=>\s*"?\.{0,2}\//.test(plain),
    hasRequirements: /^\s*require\b/m.test(plain),
  };
}

/** Joins two paths below the checked folder; `.` and the empty path are that folder. */
export function joinPath(folder: string, name: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${name}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The folder of a path. */
export function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

/** Whether Go version `left` is older than `right`: 1.9 < 1.21, and 1.24 counts as 1.24.0. */
export function isOlderGo(left: string, right: string): boolean {
  const [a, b] = [left, right].map((version) => version.split(/[.a-z]+/).map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
