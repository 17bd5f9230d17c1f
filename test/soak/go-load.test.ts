/** The loads of `test/e2e/go-load.test.ts` at the sizes that Ballast promises. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { createGoFixture, type GoFixture } from "../e2e/go-fixture.ts";
import { measureCrowd, measureCrowdBytes, measureLargePut } from "../e2e/go-load.ts";
import { serve } from "../e2e/serve-fixture.ts";
import { cacheprog } from "../e2e/shared-runners.ts";

let go: GoFixture;
beforeAll(async () => {
  go = await createGoFixture();
});
afterAll(() => go[Symbol.dispose]());

const largeBytes = 512_000_000;

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

test("a put of 512 MB", async () => {
  const put = await measureLargePut(go, largeBytes);
  const figures = `native ${seconds(put.nativeMs)}, helper ${seconds(put.helperMs)}, ${inMegabytes(put.peakBytes)}`;
  process.stdout.write(`512 MB: ${figures}\n`);
  expect(put.helperMs).toBeLessThan(put.nativeMs + 8000);
  expect(put.peakBytes).toBeLessThan(80_000_000);
});

test("a put of 512 MB, sent to a server", async () => {
  const server = await serve(join(go.folder, "server"));
  try {
    const put = await measureLargePut(go, largeBytes, { BALLAST_SERVER: server.url });
    const figures = `native ${seconds(put.nativeMs)}, helper ${seconds(put.helperMs)}, ${inMegabytes(put.peakBytes)}`;
    process.stdout.write(`512 MB, sent: ${figures}\n`);
    expect(put.helperMs).toBeLessThan(put.nativeMs + 8000);
    expect(put.peakBytes).toBeLessThan(128_000_000);
  } finally {
    await server.end("SIGTERM");
  }
});

test("two hundred go commands at once on one folder", async () => {
  const GOCACHE = go.newCache("crowd");
  const list = ["list", "-deps", "net/http"];
  const helped = { GOCACHE, GOCACHEPROG: cacheprog };
  await measureCrowd(1, list, go.module, { GOCACHE });
  await measureCrowd(1, list, go.module, helped);
  const rounds: { native: number; helper: number }[] = [];
  for (let i = 0; i < 3; i++) {
    const native = await measureCrowd(200, list, go.module, { GOCACHE });
    rounds.push({ native, helper: await measureCrowd(200, list, go.module, helped) });
  }
  const ratios = rounds.map(({ native, helper }) => helper / native).toSorted((a, b) => a - b);
  const bytes = await measureCrowdBytes(200, list, go.module, helped);
  const text = rounds.map(({ native, helper }) => `${seconds(native)} and ${seconds(helper)}`).join("; ");
  process.stdout.write(`200 go list, native and helper: ${text}; at most ${inMegabytes(bytes)} PSS\n`);
  expect(ratios[1]).toBeLessThan(1.7);
  expect(bytes).toBeLessThan(4_000_000_000);
});

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
