/** The module under experiment: two copies of its repository in two places, each with the same two commits. */

import {
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Bench } from "../../bench.ts";
import { driftErrors } from "./errors.ts";

type Environment = Readonly<Record<string, string>>;

export interface Subject {
  /** The folder in which go is run, in the copy at that place. */
  folder(place: "a" | "b"): string;
  /** Checks a commit out; both have the same files, so only the name of it changes. */
  setCommit(place: "a" | "b", commit: "1" | "2"): void;
  setDirty(place: "a" | "b", isDirty: boolean): void;
  /** The first commit, which names the files' contents; `undefined` without git. */
  readonly commitId: string | undefined;
}

const mostFiles = 200_000;
const mostBytes = 4_000_000_000;
const untracked = "ballast-untracked";
/** Of different length, since a path's length moves what lies behind it. */
const places = { a: "a", b: "another/place" } as const;

/** Throws `lab/module-too-large`. */
export async function makeSubject(
  bench: Bench,
  env: Environment,
  moduleFolder: string,
  root: string,
): Promise<Subject> {
  const top = await repositoryRoot(bench, env, moduleFolder);
  const name = top.split("/").at(-1) || "module";
  const copy = (place: "a" | "b"): string => join(root, places[place], name);
  copyTree(top, copy("a"));
  copyTree(top, copy("b"));
  const commits = await commitBoth(bench, env, [copy("a"), copy("b")]);
  const current = { a: "", b: "" };
  return {
    folder: (place) => join(copy(place), relative(top, moduleFolder)),
    commitId: commits?.["1"],
    setCommit: (place, commit) => {
      if (commits === undefined || current[place] === commit) return;
      writeFileSync(join(copy(place), ".git/refs/heads/main"), `${commits[commit]}\n`);
      current[place] = commit;
    },
    setDirty: (place, isDirty) => {
      const path = join(copy(place), untracked);
      if (isDirty) writeFileSync(path, "");
      else rmSync(path, { force: true });
    },
  };
}

/** The repository's, so that `replace ../x` finds its target; else that of the workspace or module. */
async function repositoryRoot(bench: Bench, env: Environment, folder: string): Promise<string> {
  if (Bun.which("git", { PATH: env["PATH"] ?? "" }) !== null) {
    const git = await bench.run(["git", "rev-parse", "--show-toplevel"], { cwd: folder, env, deadlineMs: 20_000 });
    if (git.exitCode === 0 && git.stdout.trim() !== "") return git.stdout.trim();
  }
  const found = await bench.run(["go", "env", "GOWORK", "GOMOD"], { cwd: folder, env, deadlineMs: 60_000 });
  const file = found.stdout.split("\n").find((line) => line.startsWith("/") && line !== "/dev/null");
  return file === undefined ? folder : dirname(file);
}

/** Files, folders and links; what is neither (a socket) cannot be a source. */
function copyTree(from: string, to: string): void {
  let [files, sizeBytes] = [0, 0];
  const copy = (source: string, target: string): void => {
    const info = lstatSync(source);
    files++;
    sizeBytes += info.isFile() ? info.size : 0;
    if (files > mostFiles || sizeBytes > mostBytes) {
      throw driftErrors.error("lab/module-too-large", `${from} has more than ${mostFiles} files or ${mostBytes} bytes`);
    }
    if (info.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (info.isFile()) copyFileSync(source, target, constants.COPYFILE_FICLONE);
    else if (info.isDirectory()) {
      mkdirSync(target, { recursive: true });
      for (const name of readdirSync(source)) if (name !== ".git") copy(join(source, name), join(target, name));
    }
  };
  copy(from, to);
}

/** Authors and times are fixed, so that both copies have the same commits. `undefined` without git. */
async function commitBoth(
  bench: Bench,
  env: Environment,
  copies: readonly string[],
): Promise<Readonly<Record<"1" | "2", string>> | undefined> {
  if (Bun.which("git", { PATH: env["PATH"] ?? "" }) === null) return undefined;
  const heads: string[] = [];
  for (const cwd of copies) {
    const git = async (time: string, ...args: string[]): Promise<string> => {
      const who = { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
      const argv = [
        "git",
        "-c",
        "user.name=Ballast",
        "-c",
        "user.email=lab@ballast.invalid",
        "-c",
        "gc.auto=0",
        ...args,
      ];
      const result = await bench.run(argv, { cwd, env: { ...env, ...who }, deadlineMs: 300_000 });
      return result.exitCode === 0 ? result.stdout.trim() : "";
    };
    await git("", "init", "-q", "-b", "main");
    await git("", "add", "-A");
    await git("2024-01-01T00:00:00Z", "commit", "-q", "--no-verify", "--allow-empty", "-m", "one");
    const first = await git("", "rev-parse", "HEAD");
    await git("2024-02-02T00:00:00Z", "commit", "-q", "--no-verify", "--allow-empty", "-m", "two");
    const second = await git("", "rev-parse", "HEAD");
    heads.push(`${first} ${second}`);
  }
  const [first = "", second = ""] = (heads[0] ?? "").split(" ");
  return first === "" || second === "" || heads.some((head) => head !== heads[0])
    ? undefined
    : { "1": first, "2": second };
}
