import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCode } from "../errors.ts";
import { runProcess } from "../process.ts";
import { throttledShare } from "./cpu-stat.ts";
import { createQuotaGroup, quotaTrouble } from "./quota-group.ts";

const trouble = await quotaTrouble();

describe("a group with a real limit", () => {
  function testHere(title: string, run: () => Promise<void>): void {
    if (trouble === undefined) test(title, run);
    else test.skip(`${title} [skipped: cgroup: ${trouble}]`, () => undefined);
  }

  testHere("the kernel throttles what runs in it, counts it, and the group is gone afterwards", async () => {
    const group = createQuotaGroup(`ballast-test-${process.pid}`, 0.1);
    try {
      const argv = group.wrap(["/bin/sh", "-c", "while :; do :; done"]);
      await runProcess({ argv, deadlineMs: 700, graceMs: 100 });
      const stat = group.stat();
      if (stat === undefined) throw new Error("no cpu.stat");
      expect(stat.throttledPeriods).toBeGreaterThan(2);
      expect(throttledShare(stat)).toBeGreaterThan(0.5);
    } finally {
      await group.remove();
    }
    expect(existsSync(group.folder)).toBe(false);
  });

  testHere("what is left in it is ended", async () => {
    const group = createQuotaGroup(`ballast-test-left-${process.pid}`, 1);
    const child = Bun.spawn([...group.wrap(["sleep", "60"])], { stdout: "ignore" });
    await Bun.sleep(50);
    await group.remove();
    await child.exited;
    expect([child.signalCode as string, existsSync(group.folder)]).toEqual(["SIGKILL", false]);
  });

  testHere("what a killed Ballast left behind is swept away by the next group", async () => {
    const left = createQuotaGroup("ballast-left-4194301-7", 1);
    const child = Bun.spawn([...left.wrap(["sleep", "60"])], { stdout: "ignore" });
    await Bun.sleep(50);
    await createQuotaGroup(`ballast-sweep-${process.pid}`, 1).remove();
    await child.exited;
    await createQuotaGroup(`ballast-sweep-${process.pid}`, 1).remove();
    expect([child.signalCode as string, existsSync(left.folder)]).toEqual(["SIGKILL", false]);
  });

  testHere("a name that cannot be made is refused with the code", () => {
    let caught: unknown;
    try {
      createQuotaGroup("a/b/c", 1);
    } catch (cause) {
      caught = cause;
    }
    expect(hasCode(caught, "core/cgroup-unavailable")).toBe(true);
    return Promise.resolve();
  });
});

/** The files of version 2 as a folder, since the machines of the tests may have version 1. */
describe("version 2, in a folder that looks like it", () => {
  function withTree(files: Readonly<Record<string, string>>, run: (root: string) => void): void {
    const root = mkdtempSync(join(tmpdir(), "ballast-cgroup-"));
    try {
      mkdirSync(join(root, "job"));
      for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
      run(root);
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  test("the limit is set below the nearest group that hands the controller down", () => {
    withTree({ "cgroup.subtree_control": "cpu memory\n", "job/cgroup.subtree_control": "\n" }, (root) => {
      const group = createQuotaGroup("ballast-try-1", 0.1, { version: 2, folder: join(root, "job"), mountPoint: root });
      expect([group.folder, group.version]).toEqual([join(root, "ballast-try-1"), 2]);
      expect(readFileSync(join(group.folder, "cpu.max"), "utf8")).toBe("10000 100000");
    });
  });

  test("the top is told to hand it down where it has it", () => {
    withTree({ "cgroup.controllers": "cpuset cpu io\n", "cgroup.subtree_control": "\n" }, (root) => {
      createQuotaGroup("ballast-try-1", 1.5, { version: 2, folder: join(root, "job"), mountPoint: root });
      expect(readFileSync(join(root, "cgroup.subtree_control"), "utf8")).toBe("+cpu");
      expect(readFileSync(join(root, "ballast-try-1", "cpu.max"), "utf8")).toBe("150000 100000");
    });
  });

  test("without the controller it is refused, with the reason", () => {
    withTree({ "cgroup.controllers": "hugetlb\n" }, (root) => {
      expect(() => createQuotaGroup("ballast-try-1", 1, { version: 2, folder: root, mountPoint: root })).toThrow(
        "does not have the cpu controller",
      );
    });
  });
});
