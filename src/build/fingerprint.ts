/**
 * What a go command depends on that can be seen without asking Go: enough to guess that it will look up what it
 * looked up last time. A wrong guess costs time and nothing else, since Go itself decides what is up to date.
 */

import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { textIfReadable } from "../core/file-text.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** 64 hex digits. @param go the path of the go command */
export function fingerprint(go: string, args: readonly string[], cwd: string, env: Environment): string {
  const settings = Object.entries(env).filter(([name]) => /^(GO|CGO_|CC$|CXX$|PKG_CONFIG)/.test(name));
  const facts = [cwd, args, settings.toSorted(([a], [b]) => (a < b ? -1 : 1)), printOf(go), ...checkoutFacts(cwd)];
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(facts)).digest("hex");
}

/** The commit that is checked out and the files that choose modules and toolchain, up to the repository's root. */
function checkoutFacts(cwd: string): unknown[] {
  const facts: unknown[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    for (const name of ["go.mod", "go.sum", "go.work"]) facts.push(printOf(join(folder, name)));
    const commit = commitOf(folder);
    if (commit !== undefined) facts.push(commit);
    if (commit !== undefined || dirname(folder) === folder) return facts;
  }
}

function printOf(path: string): unknown {
  const info = statSync(path, { throwIfNoEntry: false });
  return info === undefined ? null : [info.size, info.mtimeMs];
}

/** The commit of the checkout whose root is `folder`; `undefined` where there is none. */
function commitOf(folder: string): string | undefined {
  const gitFolder = gitFolderOf(folder);
  if (gitFolder === undefined) return undefined;
  const head = (textIfReadable(join(gitFolder, "HEAD")) ?? "").trim();
  const ref = /^ref: (refs\/\S+)$/.exec(head)?.[1];
  if (ref === undefined) return head;
  const common = join(gitFolder, (textIfReadable(join(gitFolder, "commondir")) ?? "").trim());
  return (textIfReadable(join(common, ref)) ?? "").trim() || packedCommit(common, ref);
}

/** A worktree's `.git` is a file that says where the folder is. */
function gitFolderOf(folder: string): string | undefined {
  const path = join(folder, ".git");
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return undefined;
  if (info.isDirectory()) return path;
  const target = /^gitdir: (.+)$/m.exec(textIfReadable(path) ?? "")?.[1];
  return target === undefined ? undefined : join(target.startsWith("/") ? "" : folder, target);
}

function packedCommit(gitFolder: string, ref: string): string {
  const line = (textIfReadable(join(gitFolder, "packed-refs")) ?? "")
    .split("\n")
    .find((text) => text.endsWith(` ${ref}`));
  return line?.split(" ")[0] ?? "";
}
