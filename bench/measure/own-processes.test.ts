import { expect, test } from "bun:test";
import { isGoneWithin, markVariable, memoryOf, ProcessFinder } from "./own-processes.ts";

test("a marked process is found, also one that left its parent; its memory is known; it is seen to end", async () => {
  const mark = crypto.randomUUID();
  const finder = new ProcessFinder(mark);
  expect(finder.find()).toEqual([]);
  const env = { PATH: process.env["PATH"] ?? "", [markVariable]: mark };
  // The shell starts one sleep in the background and ends.
  const shell = Bun.spawn(["sh", "-c", "sleep 60 & exec true"], { env, stdout: "ignore", stderr: "ignore" });
  await shell.exited;
  const wasFound = await isGoneWithin(() => finder.find().some(({ words }) => words[0] === "sleep"), 5000);
  const found = finder.find();
  for (const { pid } of found) process.kill(pid, "SIGKILL");
  expect(wasFound).toBe(true);
  expect(found.map(({ words }) => words)).toEqual([["sleep", "60"]]);
  expect(await isGoneWithin(() => finder.find().length === 0, 5000)).toBe(true);
});

test("this process has memory, one that is not there has none", () => {
  const memory = memoryOf(process.pid);
  expect(memory?.pssBytes).toBeGreaterThan(1_000_000);
  expect(memory?.peakRssBytes).toBeGreaterThan(memory?.pssBytes ?? Infinity);
  expect(memoryOf(2 ** 30)).toBeUndefined();
});
