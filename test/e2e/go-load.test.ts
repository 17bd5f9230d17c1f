import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { measureCrowd, measureCrowdBytes, measureLargePut } from "./go-load.ts";
import { serve } from "./serve-fixture.ts";
import { cacheprog } from "./shared-runners.ts";

let go: GoFixture;
beforeAll(async () => {
  go = await createGoFixture();
});
afterAll(() => go[Symbol.dispose]());

const largeBytes = 64_000_000;
/** 44 MB of it are pages of the executable, which all helpers of a machine share. */
const helperBytesMax = 80_000_000;
/** Threads of their own for lookups and uploads, and the network's buffers, take another 40 MB. */
const servedBytesMax = 128_000_000;

test("a put of 64 MB costs little time and no memory", async () => {
  const put = await measureLargePut(go, largeBytes);
  expect(put.helperMs).toBeLessThan(put.nativeMs + 3000);
  expect(put.peakBytes).toBeGreaterThan(0);
  expect(put.peakBytes).toBeLessThan(helperBytesMax);
});

test("also when it is sent to a server", async () => {
  const server = await serve(join(go.folder, "server"));
  try {
    const put = await measureLargePut(go, largeBytes, { BALLAST_SERVER: server.url });
    expect(put.helperMs).toBeLessThan(put.nativeMs + 3000);
    expect(put.peakBytes).toBeLessThan(servedBytesMax);
  } finally {
    await server.end("SIGTERM");
  }
});

test("twenty go commands at once on one folder", async () => {
  const GOCACHE = go.newCache("crowd");
  const list = ["list", "-deps", "net/http"];
  const helped = { GOCACHE, GOCACHEPROG: cacheprog };
  await measureCrowd(1, list, go.module, { GOCACHE });
  await measureCrowd(1, list, go.module, helped);
  const nativeMs = await measureCrowd(20, list, go.module, { GOCACHE });
  const helperMs = await measureCrowd(20, list, go.module, helped);
  // A fifth of a second more for the starts, which twenty do not spread over a long enough time.
  expect(helperMs).toBeLessThan(nativeMs * 1.7 + 1000);
  expect(await measureCrowdBytes(20, list, go.module, helped)).toBeLessThan(1_000_000_000);
});
