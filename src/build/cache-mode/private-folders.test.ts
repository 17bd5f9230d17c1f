import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isCertainlyDead, nameProcess } from "./dead-process.ts";
import { openJobFolder } from "./job-folder.ts";
import { makeOneCommandCache } from "./one-command-cache.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "ballast-private-"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

async function deadProcess() {
  const child = Bun.spawn(["sleep", "60"]);
  const name = nameProcess(child.pid);
  child.kill("SIGKILL");
  await child.exited;
  return name;
}

describe("whether a process has ended", () => {
  test("one that lives has not, one that was killed has", async () => {
    expect(isCertainlyDead(nameProcess(process.pid))).toBe(false);
    const dead = await deadProcess();
    expect(dead.started).not.toBe("");
    expect(isCertainlyDead(dead)).toBe(true);
  });

  test("a number that somebody else has now is not the one that was named", () => {
    expect(isCertainlyDead({ ...nameProcess(process.pid), started: "1" })).toBe(true);
  });

  test("of another machine or container nothing is known", async () => {
    const dead = await deadProcess();
    expect(isCertainlyDead({ ...dead, world: "other boot pid:[1]" })).toBe(false);
    expect(isCertainlyDead({ ...dead, world: "" })).toBe(false);
  });
});

describe("a cache for one command", () => {
  test("removes what the dead left, and nothing else", async () => {
    const dead = await deadProcess();
    const folder = (name: string, owners?: string): string => {
      mkdirSync(join(base, name, "gocache"), { recursive: true });
      if (owners !== undefined) writeFileSync(join(base, name, "owners"), owners);
      return name;
    };
    const kept = [
      folder("ballast-off-young"),
      folder("ballast-off-torn", "[{"),
      folder("ballast-off-half", JSON.stringify([dead, nameProcess(process.pid)])),
      folder("ballast-off-elsewhere", JSON.stringify([{ ...dead, world: "x" }])),
      folder("somebody-else", JSON.stringify([dead])),
    ];
    folder("ballast-off-dead", JSON.stringify([dead]));
    const cache = makeOneCommandCache(base);
    expect(readdirSync(base).toSorted()).toEqual([...kept, cache.folder.slice(base.length + 1)].toSorted());
    expect(existsSync(cache.gocache)).toBe(true);
    await cache.remove();
    expect(readdirSync(base).toSorted()).toEqual(kept.toSorted());
  });
});

describe("a job's folder", () => {
  const github = { GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "o/r", GITHUB_RUN_ID: "1", GITHUB_JOB: "a" };
  const open = (env: Record<string, string>, cwd: string, nowMs = Date.now()): string =>
    openJobFolder({ XDG_CACHE_HOME: join(base, "cache"), ...env }, cwd, nowMs);

  test("is one for the commands of a job, wherever in the checkout they run, and another for any other job", () => {
    const checkout = join(base, "checkout");
    mkdirSync(join(checkout, ".git"), { recursive: true });
    mkdirSync(join(checkout, "deep"));
    const first = open(github, checkout);
    expect(open(github, join(checkout, "deep"))).toBe(first);
    const others = [
      open({ ...github, GITHUB_JOB: "b" }, checkout),
      open({ ...github, GITHUB_RUN_ID: "2" }, checkout),
      open({ ...github, GITHUB_RUN_ATTEMPT: "2" }, checkout),
      open(github, base),
      open({}, checkout),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
    expect(statSync(first).mode & 0o777).toBe(0o700);
  });

  test("goes when the job is long over", () => {
    const old = open(github, base);
    const past = Date.now() / 1000 - 3 * 24 * 3600;
    utimesSync(old, past, past);
    const recent = open({ ...github, GITHUB_RUN_ID: "2" }, base);
    expect([existsSync(old), existsSync(recent)]).toEqual([false, true]);
  });
});
