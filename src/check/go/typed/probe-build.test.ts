import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { prepareProbe } from "./probe-build.ts";

const work = mkdtempSync(join(tmpdir(), "probe-build-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const signal = AbortSignal.timeout(200_000);

test("two at once build one probe, and leave nothing else", async () => {
  const env = { ...process.env, XDG_CACHE_HOME: join(work, "cache") };
  const [first, second] = await Promise.all([1, 2].map(() => prepareProbe({ folder: work, env, signal })));
  expect(first).toEqual(second);
  expect(first).toHaveProperty("path");
  const kept = readdirSync(join(work, "cache/ballast/go-probe"), { recursive: true }) as string[];
  expect(kept.filter((name) => !name.endsWith("/probe"))).toHaveLength(1);
}, 200_000);

test("no go is a reason", async () => {
  const answer = await prepareProbe({ folder: work, env: { PATH: "/nowhere" }, signal });
  expect(answer).toHaveProperty("reason");
});
