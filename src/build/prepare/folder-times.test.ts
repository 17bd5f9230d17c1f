import { expect, test } from "bun:test";

import { contentTime } from "./file-time.ts";
import { folderTimes, type TimedPath } from "./folder-times.ts";

const at = (path: string, seconds: number): TimedPath => ({ path, time: { seconds, micros: 0 } });
const byContent = (_folder: string, hash: string) => contentTime(hash);

test("each folder that holds something tracked has a time, the root among them", () => {
  const times = folderTimes([at("a/b/c.go", 1), at("a/d/e/f.go", 2)], byContent);
  expect([...times.keys()].toSorted()).toEqual(["", "a", "a/b", "a/d", "a/d/e"]);
});

test("a folder's time follows from what is below it and from nothing else", () => {
  const before = folderTimes([at("a/x", 1), at("b/y", 2)], byContent);
  const reordered = folderTimes([at("b/y", 2), at("a/x", 1)], byContent);
  expect(reordered).toEqual(before);
  const changed = folderTimes([at("a/x", 1), at("b/y", 3)], byContent);
  expect(changed.get("a")).toEqual(before.get("a"));
  expect(changed.get("b")).not.toEqual(before.get("b"));
  expect(changed.get("")).not.toEqual(before.get(""));
  const renamed = folderTimes([at("a/z", 1), at("b/y", 2)], byContent);
  expect(renamed.get("a")).not.toEqual(before.get("a"));
});

test("a file that keeps its own time still counts by its name", () => {
  const with_ = folderTimes([at("a/x", 1), { path: "a/y", time: undefined }], byContent);
  expect(with_.get("a")).not.toEqual(folderTimes([at("a/x", 1)], byContent).get("a"));
});

test("a folder without a time leaves those above it with theirs", () => {
  const times = folderTimes([at("a/x", 1)], (folder, hash) => (folder === "a" ? undefined : contentTime(hash)));
  expect(times.get("a")).toBeUndefined();
  expect(times.get("")).toBeDefined();
});
