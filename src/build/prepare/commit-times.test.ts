import { expect, test } from "bun:test";

import { foldersAbove, readCommitTimes, readLog } from "./commit-times.ts";
import type { Git } from "./git.ts";

/** What git 2.39 printed for an empty commit, a merge that resolved a conflict, and two ordinary commits. */
const log =
  "\u00011795424300\0" + "\u00011795424200\0\0s\0" + "\u00011795424100\0\nm\0s\0" + "\u00011795424000\0\na\0d/e/b c\0";

test("reads a log with merges, blanks and empty commits", () => {
  const seen: [string, number][] = [];
  expect(readLog(log, (path, seconds) => void seen.push([path, seconds]))).toBe(4);
  expect(seen).toEqual([
    ["s", 1795424200],
    ["m", 1795424100],
    ["s", 1795424100],
    ["a", 1795424000],
    ["d/e/b c", 1795424000],
  ]);
});

test("an empty log holds no commits", () => {
  expect(readLog("", () => expect.unreachable())).toBe(0);
});

/** A git whose log has `commits` commits, the newest first, each of one path. */
function gitWith(commits: readonly (readonly [path: string, seconds: number])[], asked: string[]): Git {
  return {
    root: "/",
    attempt: () => Promise.resolve(),
    run: (...args) => {
      const number = (flag: RegExp): number => Number(args.find((arg) => flag.test(arg))?.replace(flag, ""));
      const [skip, count] = [number(/^--skip=/), number(/^-n/)];
      asked.push(`${skip}+${count}`);
      const page = commits.slice(skip, skip + count).map(([path, seconds]) => `\u0001${seconds}\0\n${path}\0`);
      return Promise.resolve(page.join(""));
    },
  };
}

test("the newest commit counts, of folders also one that removed a file", async () => {
  const git = gitWith(
    [
      ["a/gone", 50],
      ["a/x", 40],
      ["a/x", 30],
      ["b/y", 20],
    ],
    [],
  );
  const times = await readCommitTimes(git, ["a/x", "b/y"], () => undefined);
  expect(Object.fromEntries(times.files)).toEqual({ "a/x": 40, "b/y": 20 });
  expect(Object.fromEntries(times.folders)).toEqual({ "": 50, a: 50, b: 20 });
});

test("reads no further than the last path needs, and ends where the history ends", async () => {
  const early: string[] = [];
  const many = Array.from({ length: 9000 }, (_, index) => [index === 10 ? "new" : "other", 9000 - index] as const);
  expect((await readCommitTimes(gitWith(many, early), ["new"], () => undefined)).files.get("new")).toBe(8990);
  expect(early).toEqual(["0+4000"]);
  const whole: string[] = [];
  const progress: number[] = [];
  const times = await readCommitTimes(gitWith(many, whole), ["never"], (commits) => void progress.push(commits));
  expect([...times.files]).toEqual([]);
  expect(whole).toEqual(["0+4000", "4000+16000"]);
  expect(progress).toEqual([4000, 9000]);
});

test("nothing to look for needs no history", async () => {
  const asked: string[] = [];
  await readCommitTimes(gitWith([["a", 1]], asked), [], () => undefined);
  expect(asked).toEqual([]);
});

test("the folders above a path end with the root", () => {
  expect(foldersAbove("a/b/c")).toEqual(["a/b", "a", ""]);
  expect(foldersAbove("a")).toEqual([""]);
});
