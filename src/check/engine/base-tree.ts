/** The files of an earlier commit, laid beside: what `--diff` compares with. No filter, hook or checkout is run. */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { userCacheFolder } from "../../go/env.ts";
import { checkErrors } from "./errors.ts";
import { fileKind, isForeign } from "./file-kind.ts";
import type { GitRequest } from "./git.ts";
import { gitOutput, gitBytes, zeroParts } from "./git.ts";
import { fileLimitBytes, fileLimitCount } from "./limits.ts";

export interface BaseTree {
  /** The folder that stands for the root of the check. */
  readonly folder: string;
  /** The earlier path of a file that was moved since. */
  readonly renames: ReadonlyMap<string, string>;
}

interface Blob {
  readonly path: string;
  readonly id: string;
  /** Otherwise only that there is such a file is of interest, and an empty one stands for it. */
  readonly isWanted: boolean;
}

/** Files of no kind that are read all the same, such as `.go-version`. */
const besidesLimitBytes = 64_000;

const keptTrees = 4;

/**
 * The tree at the point where the work left BASE (their merge base, or BASE itself without one), so that what others
 * mended on BASE meanwhile is not counted against the change. Throws `check/base-unknown`.
 */
export async function openBaseTree(request: GitRequest, base: string): Promise<BaseTree> {
  const commit = await findCommit(request, base);
  const prefix = (await gitOutput(request, ["rev-parse", "--show-prefix"]))?.trim() ?? "";
  const folder = await layTree(request, commit, prefix);
  return { folder, renames: await findRenames(request, commit) };
}

async function findCommit(request: GitRequest, base: string): Promise<string> {
  const resolved = await gitOutput(request, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${base}^{commit}`,
  ]);
  if (resolved === undefined) throw checkErrors.error("check/base-unknown", base);
  const commit = resolved.trim();
  return (await gitOutput(request, ["merge-base", commit, "HEAD"]))?.trim() || commit;
}

/** The folder has always the same name for a commit, so that results and Go's own cache are found again. */
async function layTree(request: GitRequest, commit: string, prefix: string): Promise<string> {
  const parent = join(userCacheFolder(request.env), "ballast", "base");
  const name = new Bun.CryptoHasher("sha256")
    .update(`${request.folder}\0${commit}\0${prefix}`)
    .digest("hex")
    .slice(0, 32);
  const folder = join(parent, name);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${process.pid}`;
  try {
    mkdirSync(temporary, { recursive: true, mode: 0o700 });
    await writeBlobs(request, await listBlobs(request, commit), temporary);
    moveInPlace(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  removeOldTrees(parent);
  return folder;
}

/** Another process may have laid the same tree meanwhile. */
function moveInPlace(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (cause) {
    if (!existsSync(folder)) throw cause;
  }
}

function removeOldTrees(parent: string): void {
  const aged = readdirSync(parent).map((name) => ({ name, madeMs: statSync(join(parent, name)).mtimeMs }));
  const old = aged.toSorted((a, b) => b.madeMs - a.madeMs).slice(keptTrees);
  for (const { name } of old) rmSync(join(parent, name), { recursive: true, force: true });
}

async function listBlobs(request: GitRequest, commit: string): Promise<Blob[]> {
  const output = await gitOutput(request, ["ls-tree", "-r", "-z", "-l", commit]);
  if (output === undefined) throw checkErrors.error("check/base-unknown", `${commit}: its files cannot be listed`);
  return zeroParts(output)
    .flatMap((line) => {
      const [, mode, id = "", size, path = ""] = /^(\d+) blob (\S+) +(\d+)\t([^]*)$/.exec(line) ?? [];
      const isPlain = mode === "100644" || mode === "100755";
      const kind = fileKind(path);
      // Names that would leave the folder cannot be in a tree that git accepts; a damaged one is not trusted.
      const isInside = path !== "" && !path.startsWith("/") && !path.split("/").includes("..");
      const isOurs = kind !== undefined && !isForeign(path, kind);
      const isWanted = Number(size) <= (isOurs ? fileLimitBytes : besidesLimitBytes);
      return isPlain && isInside ? [{ path, id, isWanted }] : [];
    })
    .slice(0, fileLimitCount);
}

/** Asks for all contents in one run of git. */
async function writeBlobs(request: GitRequest, blobs: readonly Blob[], target: string): Promise<void> {
  const wanted = blobs.filter(({ isWanted }) => isWanted);
  const ids = wanted.map(({ id }) => `${id}\n`).join("");
  const bytes = await gitBytes(request, ["cat-file", "--batch", "--buffer"], ids);
  if (bytes === undefined) throw checkErrors.error("check/base-unknown", "its files cannot be read");
  writeBatch(bytes, wanted, target);
  for (const { path, isWanted } of blobs) if (!isWanted) writeNew(join(target, path), new Uint8Array());
}

/** `ID blob SIZE\n`, the content, `\n`, for each in the order in which they were asked for. */
function writeBatch(bytes: Buffer, blobs: readonly Blob[], target: string): void {
  let at = 0;
  for (const { path, id } of blobs) {
    const lineEnd = bytes.indexOf(10, at);
    const [, size] = /^\S+ blob (\d+)$/.exec(bytes.toString("latin1", at, lineEnd)) ?? [];
    if (lineEnd < 0 || size === undefined) throw checkErrors.error("check/base-unknown", `${path}: ${id} is not there`);
    const start = lineEnd + 1;
    at = start + Number(size) + 1;
    writeNew(join(target, path), bytes.subarray(start, at - 1));
  }
}

function writeNew(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes, { flag: "wx" });
}

async function findRenames(request: GitRequest, commit: string): Promise<Map<string, string>> {
  const args = [
    "diff",
    "--no-ext-diff",
    "--no-textconv",
    "--name-status",
    "--find-renames",
    "--relative",
    "-z",
    commit,
  ];
  const parts = zeroParts((await gitOutput(request, args)) ?? "");
  const renames = new Map<string, string>();
  for (let index = 0; index < parts.length;) {
    const isMove = /^[RC]/.test(parts[index] ?? "");
    const [earlier = "", later = ""] = [parts[index + 1], parts[index + 2]];
    if (isMove) renames.set(later, earlier);
    index += isMove ? 3 : 2;
  }
  return renames;
}
