import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holdLock } from "./folder-lock.ts";

const work = mkdtempSync(join(tmpdir(), "ballast-lock-"));
const path = join(work, "lock");

afterAll(() => rmSync(work, { recursive: true, force: true }));

test("one holds it, the next waits until it is let go", async () => {
  const order: string[] = [];
  const first = await holdLock(path, 1000);
  const second = holdLock(path, 5000).then((held) => {
    order.push("second");
    return held;
  });
  await Bun.sleep(250);
  order.push("first lets go");
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
  expect(order).toEqual(["first lets go", "second"]);
  expect(readdirSync(work)).toEqual([]);
});

test("a holder that is alive is waited for, no longer than asked", async () => {
  await using _ = await holdLock(path, 1000);
  await expect(holdLock(path, 250)).rejects.toThrow("waited too long");
});

test("a holder that died is replaced", async () => {
  const dead = Bun.spawn({ cmd: ["true"] });
  await dead.exited;
  mkdirSync(path);
  writeFileSync(join(path, "pid"), String(dead.pid));
  await (await holdLock(path, 2000))[Symbol.asyncDispose]();
  expect(existsSync(path)).toBe(false);
});
