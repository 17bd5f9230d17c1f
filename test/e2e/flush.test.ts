import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startRelay } from "../../src/build/demo/relay/relay.ts";
import { writeLargeModule } from "./fixture-modules.ts";
import { ballast, createGoFixture, type GoFixture } from "./go-fixture.ts";
import { serve, type ServerProcess, tryServe } from "./serve-fixture.ts";
import { type Build, createRunners, expectUnharmed, type Runners } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
let native: Build;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  native = await runners.native();
});
afterAll(() => go[Symbol.dispose]());

async function serving(name: string): Promise<ServerProcess & AsyncDisposable> {
  const server = await serve(join(go.folder, name));
  return { ...server, [Symbol.asyncDispose]: async () => void (await server.end("SIGTERM")) };
}

const detached = { BALLAST_DETACH_UPLOADS: "true" };

describe("what a run had no time to send", () => {
  test("outlives it, and ballast flush waits for it", async () => {
    const server = await serve(join(go.folder, "server"));
    const GOCACHE = go.newCache("first");
    const built = await runners.build({ gocache: GOCACHE, server: server.url, env: detached });
    await expectUnharmed(built, native, () => runners.native());
    const env = { GOCACHE, BALLAST_SERVER: server.url };
    expect(await go.run([...ballast, "flush"], env)).toMatchObject({
      exitCode: 0,
      stdout: "ballast: everything is with the server\n",
    });
    const second = await runners.build({ gocache: go.newCache("second"), server: server.url });
    expect(second.compiled).toEqual([]);
    await server.end("SIGTERM");
  });

  test("is sent to the server that only the helper's flags name", async () => {
    await using server = await serving("flagged");
    const target = { host: "127.0.0.1", port: Number(new URL(server.url).port) };
    const relay = startRelay({ target, roundTripMs: 0, bytesPerSecond: 2_000_000 });
    const flags = ["--server", `http://127.0.0.1:${relay.port}`, "--detach-uploads", "--scope", "pr/7"];
    const cwd = writeLargeModule(join(go.folder, "large"), 6_000_000);
    const built = await runners.build({ gocache: go.newCache("with-flags"), flags, cwd });
    expect(built.summary.handedOver).toBeGreaterThan(0);
    // Nobody flushes: the agent that the helper left behind has to find everything by itself.
    const stats = [...ballast, "cache", "stats", "--server", server.url, "--json"];
    const { handedOver, uploaded } = built.summary;
    for (let i = 0; i < 100; i++) {
      const { entries } = JSON.parse((await go.run(stats, {})).stdout) as { entries: number };
      if (entries >= handedOver + uploaded) break;
      await Bun.sleep(100);
    }
    relay.stop();
    const near = ["--server", server.url, "--scope", "pr/7"];
    const second = await runners.build({ gocache: go.newCache("second-of-7"), flags: near, cwd });
    expect(second.compiled).toEqual([]);
  });

  test("stays when the server fails, is said to be left, and is sent when it is back", async () => {
    const data = join(go.folder, "failing");
    const first = await serve(data);
    const port = new URL(first.url).port;
    const GOCACHE = go.newCache("failed");
    await runners.build({ gocache: GOCACHE, server: first.url, env: { ...detached, BALLAST_WAIT_LIMIT: "1ms" } });
    const env = { GOCACHE, BALLAST_SERVER: first.url };
    await first.end("SIGKILL");
    const built = await runners.build({ gocache: go.newCache("without"), server: first.url });
    await expectUnharmed(built, native, () => runners.native());

    const { server: again } = await tryServe(["--listen", `127.0.0.1:${port}`, "--data", data]);
    expect(await go.run([...ballast, "flush", "--json"], env)).toMatchObject({ exitCode: 0 });
    const second = await runners.build({ gocache: go.newCache("third"), server: again?.url });
    expect(second.compiled).toEqual([]);
    await again?.end("SIGTERM");
  });

  test("without a server nothing is lost either: flush says how much is left", async () => {
    const server = await serve(join(go.folder, "gone"));
    const GOCACHE = go.newCache("left");
    const built = go.run(["go", "build", "-o", join(go.folder, "left-out"), "."], {
      GOCACHE,
      GOCACHEPROG: `${[...ballast, "cacheprog"].join(" ")} --detach-uploads`,
      BALLAST_SERVER: server.url,
    });
    await Bun.sleep(150);
    await server.end("SIGKILL");
    expect(await built).toMatchObject({ exitCode: 0 });
    const flushed = await go.run([...ballast, "flush", "--timeout", "5s"], { GOCACHE, BALLAST_SERVER: server.url });
    if (flushed.exitCode === 0) return; // everything had been sent in that moment
    expect(flushed.exitCode).toBe(3);
    expect(flushed.stderr).toMatch(/\d+ entries are left/);
  });
});
