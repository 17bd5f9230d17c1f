/**
 * What lies in the folder through which Go's caches go from builder to builder: an archive of each cache mount, and
 * `carried.json`, which names them. A folder that was cut off or damaged holds nothing.
 */

import {
  createReadStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { hasCode } from "../../core/errors.ts";
import { imageErrors } from "./errors.ts";

/** One cache mount's archive. */
export interface CarriedArchive {
  /** The mount's id in the builder. */
  readonly mount: string;
  /** In the folder. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface CarriedFolder {
  /** Of chance, made anew with each export. It is in each mount that was filled or exported. */
  readonly id: string;
  readonly archives: readonly CarriedArchive[];
}

const listName = "carried.json";
const incomingName = ".ballast-incoming";
const archivePattern = /^[0-9a-f-]{36}-\d{1,2}\.tar$/;
const limits = { archives: 20, listBytes: 100_000, archiveBytes: 20_000_000_000 } as const;

/** `undefined` where the folder is not there yet or is empty. Throws `build/image-carried-damaged`. */
export async function readCarriedFolder(folder: string): Promise<CarriedFolder | undefined> {
  const text = readList(folder);
  if (text === undefined) return undefined;
  const carried = parseList(text);
  for (const { file, sizeBytes, sha256 } of carried.archives) {
    const path = join(folder, file);
    if (sizeOf(path) !== sizeBytes) throw damaged(`${path} is not ${sizeBytes} bytes long`);
    if ((await hashOf(path)) !== sha256) throw damaged(`${path} has other contents than ${listName} says`);
  }
  return carried;
}

/** A folder in it that takes an export, so that archives need no copy to get to their place. */
export function incomingFolder(folder: string): string {
  const path = join(folder, incomingName);
  return writable(folder, () => {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true });
    return path;
  });
}

/** Puts the archives that came in, one for each of `mounts` in their order, in place of what the folder held. */
export async function replaceCarried(folder: string, id: string, mounts: readonly string[]): Promise<CarriedFolder> {
  const from = join(folder, incomingName);
  try {
    const archives: CarriedArchive[] = [];
    for (const [index, mount] of mounts.entries()) {
      const file = `${id}-${index}.tar`;
      renameSync(join(from, archiveName(index)), join(folder, file));
      const path = join(folder, file);
      archives.push({ mount, file, sizeBytes: statSync(path).size, sha256: await hashOf(path) });
    }
    const own = join(folder, `${listName}.${process.pid}`);
    writeFileSync(own, `${JSON.stringify({ version: 1, id, archives }, undefined, 1)}\n`);
    renameSync(own, join(folder, listName));
    removeOthers(folder, new Set(archives.map(({ file }) => file)));
    return { id, archives };
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

/** As an export writes it. */
export function archiveName(index: number): string {
  return `mount-${index}.tar`;
}

/** Only what an earlier export left: the folder may be one that holds other things. */
function removeOthers(folder: string, kept: ReadonlySet<string>): void {
  rmSync(join(folder, incomingName), { recursive: true, force: true });
  for (const name of readdirSync(folder)) if (archivePattern.test(name) && !kept.has(name)) rmSync(join(folder, name));
}

function readList(folder: string): string | undefined {
  const path = join(folder, listName);
  const sizeBytes = sizeOf(path);
  if (sizeBytes === undefined) return undefined;
  if (sizeBytes > limits.listBytes) throw damaged(`${path} is larger than ${limits.listBytes} bytes`);
  return readFileSync(path, "utf8");
}

function parseList(text: string): CarriedFolder {
  try {
    const { version, id, archives } = JSON.parse(text) as Partial<CarriedFolder> & { version?: unknown };
    const isList = Array.isArray(archives) && archives.length <= limits.archives && archives.every(isArchive);
    if (version !== 1 || !/^[0-9a-f-]{36}$/.test(id ?? "") || !isList) throw damaged(`${listName} is not of this form`);
    return { id: id ?? "", archives };
  } catch (cause) {
    if (hasCode(cause, "build/image-carried-damaged")) throw cause;
    throw damaged(`${listName}: ${(cause as Error).message}`);
  }
}

/** Its name becomes a word of a shell in the builder. */
function isArchive(one: Partial<CarriedArchive> | null): boolean {
  const { mount, file = "", sizeBytes = -1, sha256 = "" } = one ?? {};
  const isName = archivePattern.test(file) && /^[0-9a-f]{64}$/.test(sha256);
  return isName && typeof mount === "string" && sizeBytes >= 0 && sizeBytes <= limits.archiveBytes;
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

async function hashOf(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hasher.update(chunk as Buffer);
  return hasher.digest("hex");
}

function writable<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw unusable(folder, cause);
  }
}

function unusable(folder: string, cause: unknown): Error {
  return imageErrors.error("build/image-carried-unusable", `${folder}: ${(cause as Error).message}`, { cause });
}

function damaged(detail: string): Error {
  return imageErrors.error("build/image-carried-damaged", detail);
}
