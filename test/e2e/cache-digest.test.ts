/** `ballast cache digest`, and purges that stand, over the executable and real servers. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { runProcess } from "../../src/core/process.ts";
import { ballast } from "./go-fixture.ts";
import { createClient, entryOf, errorCode, serve, type ServerProcess, temporaryFolder } from "./serve-fixture.ts";

const folders = [temporaryFolder(), temporaryFolder()] as const;
let servers: readonly [ServerProcess, ServerProcess];

beforeEach(async () => {
  servers = [await serve(folders[0].path), await serve(folders[1].path)];
});
afterEach(async () => {
  for (const server of servers) await server.end("SIGTERM");
  for (const folder of folders) folder.remove();
});

async function run(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folders[0].path };
  const { exitCode, stdout, stderr } = await runProcess({
    argv: [...ballast, "cache", ...args],
    env,
    deadlineMs: 20_000,
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

test("a server is equal to itself, and one that holds something else differs, shard by shard", async () => {
  const [here, there] = servers;
  await createClient(here.url).putBatch([entryOf("a", Buffer.from("one")), entryOf("b", Buffer.from("two"))]);
  const own = await run("digest", "--server", here.url);
  expect(own).toMatchObject({ exitCode: 0 });
  expect(own.stdout).toMatch(/^[0-9a-f]{32} {2}2 entries\n$/);
  const same = await run("digest", "--server", here.url, "--against", here.url);
  expect(same).toMatchObject({ exitCode: 0, stdout: `equal: ${own.stdout}` });
  const other = await run("digest", "--server", here.url, "--against", there.url);
  expect(other.exitCode).toBe(1);
  expect(other.stdout).toStartWith("2 shards of 256 differ\n");
  const json = await run("digest", "--server", here.url, "--against", there.url, "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({
    equal: false,
    differing: [{ entries: [1, 0] }, { entries: [1, 0] }],
  });
  await here.end("SIGTERM");
  servers = [await serve(folders[0].path), there];
  expect((await run("digest", "--server", servers[0].url)).stdout).toBe(own.stdout);
});

test("a folder has no digest", async () => {
  expect((await run("digest")).stderr).toContain("inspect/server-missing");
});

test("what a purged run sends is refused, in a batch too, until the purge has expired", async () => {
  const [server] = servers;
  const client = createClient(server.url);
  await client.putBatch([entryOf("a", Buffer.from("one"))]);
  const dry = await run("purge", "--server", server.url, "--run", "7", "--dry-run");
  expect(dry.stdout).toStartWith("would remove 1 entry");
  const purged = await run("purge", "--server", server.url, "--run", "7", "--for", "2s");
  expect(purged.stdout).toStartWith("removed 1 entry");
  const one = await client.put("b", Buffer.from("two"));
  expect(await errorCode(one)).toBe("409 node/purged");
  const batch = await client.putBatch([entryOf("c", Buffer.from("three"))]);
  expect(await batch.json()).toMatchObject({ stored: 0, refused: [{ code: "node/purged" }] });
  const list = await run("purge", "--server", server.url, "--list", "--json");
  expect(JSON.parse(list.stdout)).toMatchObject({ purges: [{ keepsOut: true, match: { provenance: { run: "7" } } }] });
  await Bun.sleep(2200);
  expect((await client.put("b", Buffer.from("two"))).status).toBe(201);
});

test("--since and --kind take what was there and leave what comes", async () => {
  const [server] = servers;
  const client = createClient(server.url);
  await client.putBatch([entryOf("a", Buffer.from("one"))]);
  expect((await run("purge", "--server", server.url, "--since", "1h", "--kind", "test-log")).stdout).toStartWith(
    "removed 0 entries",
  );
  expect((await run("purge", "--server", server.url, "--since", "1h")).stdout).toStartWith("removed 1 entry");
  expect((await client.put("a", Buffer.from("one"))).status).toBe(201);
  expect((await run("purge", "--run", "7", "--dry-run")).stderr).toContain("inspect/filter-not-served");
});
