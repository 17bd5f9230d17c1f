/** What many pipelines do instead: GOCACHE packed into an archive by one job and unpacked by the next. */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatBytes } from "../../core/human-units.ts";
import { type ProcessResult, runProcess } from "../../core/process.ts";

export interface CacheArchive {
  readonly path: string;
  readonly sizeBytes: number;
  readonly packer: Packer;
}

/** `tar`: the system's, with zstd. `bun`: Bun's own, where there is no such tar. */
type Packer = "tar" | "bun";

interface PackRequest {
  /** The folder that is packed. */
  readonly folder: string;
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const deadlineMs = 10 * 60_000;
/** Bun's tar works in memory. */
const inMemoryBytes = 500_000_000;

/** The archive, or why there is none. */
export async function packCache(request: PackRequest): Promise<CacheArchive | { readonly reason: string }> {
  const packed = await runTar(["--zstd", "-cf", request.path, "-C", request.folder, "."], request);
  if (packed?.exitCode === 0) return archiveAt(request.path, "tar");
  rmSync(request.path, { force: true });
  const bytes = folderBytes(request.folder);
  if (bytes > inMemoryBytes) {
    return { reason: `no tar with zstd here, and ${formatBytes(bytes)} are too much to pack in memory` };
  }
  await packInMemory(request.folder, request.path);
  return archiveAt(request.path, "bun");
}

/** Unpacks into a new folder; how many seconds it took. Throws when the archive cannot be unpacked. */
export async function unpackCache(archive: CacheArchive, request: Omit<PackRequest, "path">): Promise<number> {
  const startedMs = performance.now();
  mkdirSync(request.folder);
  if (archive.packer === "bun") await unpackInMemory(archive.path, request.folder);
  else {
    const unpacked = await runTar(["--zstd", "-xf", archive.path, "-C", request.folder], request);
    request.signal.throwIfAborted();
    if (unpacked?.exitCode !== 0) throw new Error(`tar could not unpack what it packed: ${unpacked?.stderr}`);
  }
  return (performance.now() - startedMs) / 1000;
}

/** `undefined` where there is no tar. */
async function runTar(
  args: readonly string[],
  { env, signal }: Pick<PackRequest, "env" | "signal">,
): Promise<ProcessResult | undefined> {
  const tar = Bun.which("tar", { PATH: env["PATH"] ?? "" });
  return tar === null ? undefined : runProcess({ argv: [tar, ...args], env, signal, deadlineMs });
}

function archiveAt(path: string, packer: Packer): CacheArchive {
  return { path, sizeBytes: statSync(path).size, packer };
}

function filesIn(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function folderBytes(folder: string): number {
  return filesIn(folder).reduce((sum, path) => sum + statSync(path).size, 0);
}

async function packInMemory(folder: string, path: string): Promise<void> {
  const files = filesIn(folder).map((file) => [file.slice(folder.length + 1), readFileSync(file)] as const);
  const archive = new Bun.Archive(Object.fromEntries(files));
  await Bun.write(path, await Bun.zstdCompress(await archive.bytes()));
}

async function unpackInMemory(path: string, folder: string): Promise<void> {
  const archive = new Bun.Archive(await Bun.zstdDecompress(await Bun.file(path).bytes()));
  await archive.extract(folder);
}
