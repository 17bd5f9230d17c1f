/** The repository as it would be: the rules run over it before anything is written. */

import type { AreaRequest, RepositoryFile } from "../area.ts";
import { areaTable } from "../engine/area-table.ts";
import { fileKind, isForeign } from "../engine/file-kind.ts";
import type { Finding } from "../finding.ts";
import { ruleMetas } from "../generated/rules.ts";
import type { SourceTree } from "../source-tree.ts";

/** A tree with some files replaced or added. */
export function overlayTree(base: SourceTree, texts: ReadonlyMap<string, string>): SourceTree {
  const paths = [...new Set([...base.paths, ...texts.keys()])].toSorted();
  return { paths, read: (path) => texts.get(path) ?? base.read(path) };
}

export interface OverlayRequest {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** What `ballast check` would report by default of pipelines, Dockerfiles and manifests of this tree. */
export async function findIn(tree: SourceTree, request: OverlayRequest): Promise<readonly Finding[]> {
  const files = tree.paths.flatMap((path) => describe(tree, path) ?? []);
  const found: Finding[] = [];
  for (const area of ["ci", "docker", "k8s"] as const) {
    if (!files.some(({ kind }) => areaTable[area].kinds.has(kind))) continue;
    const metas = ruleMetas.filter(({ id, byDefault }) => byDefault && id.startsWith(`${area}/`));
    const run = await areaTable[area].load();
    const { findings } = await run(areaRequest(tree, files, new Set(metas.map(({ id }) => id)), request));
    found.push(...findings.filter(({ confidence }) => confidence !== "low"));
  }
  return found;
}

function describe(tree: SourceTree, path: string): RepositoryFile | undefined {
  const kind = fileKind(path);
  if (kind === undefined || isForeign(path, kind)) return undefined;
  // Go files are looked at only for what they import, and are not read for their size.
  return { path, kind, sizeBytes: kind === "go" ? 0 : (tree.read(path)?.length ?? 0) };
}

function areaRequest(
  tree: SourceTree,
  files: readonly RepositoryFile[],
  rules: ReadonlySet<string>,
  { root, env, signal }: OverlayRequest,
): AreaRequest {
  return {
    root,
    paths: tree.paths,
    files,
    readText: (path) => tree.read(path),
    rules,
    builds: [{ tags: [] }],
    depth: "syntax",
    cgo: false,
    env,
    signal,
  };
}
