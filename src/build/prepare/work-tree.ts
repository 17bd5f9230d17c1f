/** The files of a checkout, touched without ever following a symlink. */

import { type Stats, lstatSync, lutimesSync, readFileSync, readlinkSync } from "node:fs";

import { hashFile } from "../../go/hash-file.ts";
import { type FileTime, toUtime } from "./file-time.ts";
import { foldersAbove } from "./commit-times.ts";

export interface WorkTree {
  /** SHA-256 of a file's bytes or of a link's target; `undefined` when it is not there as the kind that was asked for. */
  hash(path: string, kind: "file" | "symlink"): string | undefined;
  /** Sets the path's own time and says whether it could; of a link the link's, never its target's. */
  setTime(path: string, time: FileTime): boolean;
  /** Whether it is a folder of the tree itself, and so are all above it. */
  isFolder(path: string): boolean;
}

/** Up to this size one read is cheaper than reading by pieces. */
const wholeReadBytes = 1_000_000;

/** `root` is the checkout's top folder; paths are relative to it. */
export function openWorkTree(root: string): WorkTree {
  const known = new Map<string, boolean>();
  const absolute = (path: string): string => (path === "" ? root : `${root}/${path}`);

  /** git never tracks what lies behind a link; a folder that was replaced by one is not the folder that is tracked. */
  function isFolder(path: string): boolean {
    if (path === "") return true;
    const answer = known.get(path);
    if (answer !== undefined) return answer;
    const [parent = ""] = foldersAbove(path);
    const isReal = isFolder(parent) && statOf(absolute(path))?.isDirectory() === true;
    known.set(path, isReal);
    return isReal;
  }

  return {
    isFolder,
    hash(path, kind) {
      const [parent = ""] = foldersAbove(path);
      const stat = isFolder(parent) ? statOf(absolute(path)) : undefined;
      if (stat === undefined) return undefined;
      if (kind === "symlink") return stat.isSymbolicLink() ? hashLink(absolute(path)) : undefined;
      return stat.isFile() ? hashContent(absolute(path), stat.size) : undefined;
    },
    setTime(path, time) {
      try {
        lutimesSync(absolute(path), toUtime(time), toUtime(time));
        return true;
      } catch {
        return false; // gone meanwhile, or another user's: it keeps its time, and Go only misses
      }
    },
  };
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined; // removed, or a name that is not UTF-8
  }
}

function hashLink(path: string): string | undefined {
  try {
    return hashOf(readlinkSync(path));
  } catch {
    return undefined; // gone meanwhile
  }
}

function hashContent(path: string, sizeBytes: number): string | undefined {
  if (sizeBytes > wholeReadBytes) return hashFile(path);
  try {
    return hashOf(readFileSync(path));
  } catch {
    return undefined; // unreadable, or gone meanwhile
  }
}

function hashOf(content: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex");
}
