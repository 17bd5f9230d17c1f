import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
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
