/** `prepareCheckout` on real repositories. */

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type PrepareOptions, type PrepareReport, prepareCheckout } from "./prepare.ts";

const work = realpathSync(mkdtempSync(join(tmpdir(), "prepare ")));
let repositories = 0;
let repository = "";
let commitSeconds = 1_700_000_000;

function git(folder: string, ...args: string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  const date = `${commitSeconds} +0000`;
  const made = Bun.spawnSync(["git", ...identity, "-c", "protocol.file.allow=always", ...args], {
    cwd: folder,
    env: { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
  });
  if (made.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${made.stderr.toString()}`);
  return made.stdout.toString();
}

function write(path: string, text: string): void {
  mkdirSync(join(repository, path, ".."), { recursive: true });
  writeFileSync(join(repository, path), text);
}

function commit(): void {
  commitSeconds += 1000;
  git(repository, "add", "-A");
  git(repository, "commit", "--quiet", "-m", "a change");
}

function clone(name: string, ...flags: string[]): string {
  const folder = join(work, `${name} ${repositories}`);
  git(work, "clone", "--quiet", ...flags, `file://${repository}`, folder);
  return folder;
}

function prepare(folder: string, options: Partial<PrepareOptions> = {}): Promise<PrepareReport> {
  const rest = { from: "content", nowMs: Date.now(), signal: new AbortController().signal } as const;
  return prepareCheckout({ folder, ...rest, onProgress: () => undefined, ...options });
}

const timeOf = (...path: string[]): bigint => lstatSync(join(...path), { bigint: true }).mtimeNs;
const secondsOf = (...path: string[]): number => Math.floor(lstatSync(join(...path)).mtimeMs / 1000);

beforeEach(() => {
  repositories++;
  repository = join(work, `repository ${repositories}`);
  mkdirSync(repository);
  git(repository, "init", "--quiet", "--initial-branch=main");
  write("go.mod", "module example.com/a\n");
  write("data/one.txt", "one");
  write("data/deep/two.txt", "two");
  symlinkSync("one.txt", join(repository, "data/link"));
  commit();
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

const everything = ["", "go.mod", "data", "data/one.txt", "data/deep", "data/deep/two.txt", "data/link"];

describe.each(["content", "commit"] as const)("by %s", (from) => {
  test("two checkouts get the same times, for files, folders and links", async () => {
    const [first, second] = [clone("first"), clone("second")];
    utimesSync(join(second, "go.mod"), 1, 1);
    const report = await prepare(first, { from });
    await prepare(second, { from });
    expect(report).toMatchObject({ files: 4, folders: 3, kept: { changed: 0, submodules: 0, unusable: 0 }, tooNew: 0 });
    for (const path of everything) expect([path, timeOf(first, path)]).toEqual([path, timeOf(second, path)]);
  });

  test("another content of the same size has another time, and so have the folders above it", async () => {
    const first = clone("first");
    await prepare(first, { from });
    write("data/one.txt", "uno");
    // In the very second of the first commit, as a rebase writes them.
    commitSeconds -= 1000;
    commit();
    const second = clone("second");
    await prepare(second, { from });
    for (const path of ["", "data", "data/one.txt"]) {
      expect([path, timeOf(first, path)]).not.toEqual([path, timeOf(second, path)]);
    }
    for (const path of ["go.mod", "data/deep", "data/deep/two.txt"]) {
      expect([path, timeOf(first, path)]).toEqual([path, timeOf(second, path)]);
    }
  });

  test("what is changed, staged or untracked keeps its own time", async () => {
    const folder = clone("first");
    for (const [index, path] of ["data/one.txt", "data/deep/two.txt", "new.txt"].entries()) {
      writeFileSync(join(folder, path), "changed");
      utimesSync(join(folder, path), 1000 + index, 1000 + index);
    }
    git(folder, "add", "data/one.txt");
    const report = await prepare(folder, { from });
    expect(report).toMatchObject({ files: 2, kept: { changed: 2 } });
    expect(secondsOf(folder, "data/one.txt")).toBe(1000);
    expect(secondsOf(folder, "data/deep/two.txt")).toBe(1001);
    expect(secondsOf(folder, "new.txt")).toBe(1002);
    expect(secondsOf(folder, "go.mod")).not.toBe(1000);
  });

  test("git finds nothing changed afterwards, without reading the files again", async () => {
    const folder = clone("first");
    await prepare(folder, { from });
    // The plumbing goes by the times that the index remembers, and by nothing else.
    expect(git(folder, "diff-files")).toBe("");
  });
});

test("by commit, each file has the second of the last commit that touched it", async () => {
  const start = commitSeconds;
  write("data/one.txt", "1");
  commit();
  write("go.mod", "module example.com/b\n");
  rmSync(join(repository, "data/deep/two.txt"));
  write("data/deep/three.txt", "three");
  commit();
  const folder = clone("first");
  await prepare(folder, { from: "commit" });
  expect(secondsOf(folder, "data/link")).toBe(start);
  expect(secondsOf(folder, "data/one.txt")).toBe(start + 1000);
  expect(secondsOf(folder, "data/deep")).toBe(start + 2000);
  expect(secondsOf(folder, "")).toBe(start + 2000);
});

test("by commit, a merge's own resolution has the merge's time, and what it brought the time of its own commit", async () => {
  const start = commitSeconds;
  git(repository, "checkout", "--quiet", "-b", "side");
  write("data/one.txt", "side");
  write("brought.txt", "brought");
  commit();
  git(repository, "checkout", "--quiet", "main");
  write("data/one.txt", "main");
  commit();
  expect(() => git(repository, "merge", "--quiet", "side")).toThrow();
  write("data/one.txt", "both");
  commit();
  const folder = clone("first");
  await prepare(folder, { from: "commit" });
  expect(secondsOf(folder, "brought.txt")).toBe(start + 1000);
  expect(secondsOf(folder, "data/one.txt")).toBe(start + 3000);
});

test("by commit, a shallow checkout is said to be one", async () => {
  write("data/one.txt", "1");
  commit();
  const shallow = clone("shallow", "--depth=1");
  const report = await prepare(shallow, { from: "commit" });
  expect(report).toMatchObject({ isShallow: true, files: 4 });
  expect(secondsOf(shallow, "go.mod")).toBe(commitSeconds);
});

test("commits of the future are counted, since Go will not trust their files", async () => {
  const report = await prepare(clone("first"), { from: "commit", nowMs: commitSeconds * 1000 + 1000 });
  expect(report.tooNew).toBe(4);
});

test("no symlink is followed: not a tracked one, and not one in the place of a folder", async () => {
  const outside = join(work, `outside ${repositories}`);
  mkdirSync(outside);
  writeFileSync(join(outside, "target.txt"), "target");
  writeFileSync(join(outside, "two.txt"), "two");
  symlinkSync(join(outside, "target.txt"), join(repository, "data/out"));
  symlinkSync(outside, join(repository, "data/out-folder"));
  commit();
  const folder = clone("first");
  // The same file behind a link that took the tracked folder's place.
  renameSync(join(folder, "data/deep"), join(folder, "data/moved"));
  symlinkSync(outside, join(folder, "data/deep"));
  for (const path of ["", "target.txt", "two.txt"]) utimesSync(join(outside, path), 1000, 1000);
  const report = await prepare(folder);
  for (const path of ["", "target.txt", "two.txt"]) expect([path, secondsOf(outside, path)]).toEqual([path, 1000]);
  expect(readlinkSync(join(folder, "data/deep"))).toBe(outside);
  expect(report.kept.changed).toBe(1);
  expect(secondsOf(folder, "data/out")).toBeLessThan(1_200_000_000);
});

test("a file that git was told to think unchanged gets the time of what it really holds", async () => {
  const [first, second] = [clone("first"), clone("second")];
  git(second, "update-index", "--assume-unchanged", "data/one.txt");
  writeFileSync(join(second, "data/one.txt"), "eno");
  await prepare(first);
  await prepare(second);
  expect(timeOf(first, "data/one.txt")).not.toBe(timeOf(second, "data/one.txt"));
});

test("submodules, missing files and a branch without a commit are left alone", async () => {
  git(repository, "submodule", "--quiet", "add", `file://${repository}`, "module");
  commit();
  const folder = clone("first");
  git(folder, "update-index", "--skip-worktree", "go.mod");
  rmSync(join(folder, "go.mod"));
  expect((await prepare(folder)).kept).toEqual({ changed: 0, submodules: 1, unusable: 1 });
  const empty = join(work, `empty ${repositories}`);
  git(work, "init", "--quiet", empty);
  writeFileSync(join(empty, "staged"), "");
  git(empty, "add", "staged");
  expect(await prepare(empty)).toMatchObject({ commit: undefined, files: 0, kept: { changed: 1 } });
});

test("any folder of the checkout names it, and the modes of files stay", async () => {
  chmodSync(join(repository, "go.mod"), 0o755);
  commit();
  const folder = clone("first");
  expect(await prepare(join(folder, "data/deep"))).toMatchObject({ root: folder, files: 4 });
  expect(lstatSync(join(folder, "go.mod")).mode & 0o111).not.toBe(0);
});

test("a folder that is no checkout is refused", async () => {
  await expect(prepare(work)).rejects.toMatchObject({ code: "build/not-a-checkout" });
});

test("a signal ends it", async () => {
  const aborted = AbortSignal.abort(new Error("stop"));
  await expect(prepare(clone("first"), { signal: aborted })).rejects.toThrow("stop");
});
