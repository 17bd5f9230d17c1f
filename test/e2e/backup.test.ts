/** A node is copied while it takes puts; the copy is a node that has all that was acknowledged before. */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { ballast } from "./go-fixture.ts";
import { createClient, serve, temporaryFolder } from "./serve-fixture.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function cache(...args: readonly string[]): Promise<Ran> {
  return runProcess({ argv: [...ballast, "cache", ...args], cwd: folder.path, deadlineMs: 60_000 });
}

function bodyOf(name: string): Buffer {
  const hash = new Bun.CryptoHasher("sha512");
  const sizes = [30, 3000, 70_000, 1_500_000];
  const sizeBytes = sizes[Number(/\d+$/.exec(name)?.[0]) % sizes.length] ?? 30;
  const piece = hash.update(name).digest();
  return Buffer.alloc(sizeBytes, piece);
}

describe("a backup", () => {
  test("taken under load, restored, serves every entry that was acknowledged before it", async () => {
    const data = join(folder.path, "data");
    const server = await serve(data, ["--max-size", "1GB"]);
    const client = createClient(server.url);
    const before = Array.from({ length: 400 }, (_, at) => `before ${at}`);
    for (const name of before) await client.put(name, bodyOf(name));
    const tidied = await client.request("/v1/gc", { method: "POST" });
    expect(tidied.status).toBe(200);
    const acknowledged: string[] = [];
    let isLoading = true;
    const load = (async () => {
      for (let at = 0; isLoading; at++) {
        const name = `during ${at}`;
        await client.put(name, bodyOf(name));
        acknowledged.push(name);
        if (at % 50 === 0) await client.request("/v1/gc", { method: "POST" });
      }
    })();
    while (acknowledged.length < 20) await Bun.sleep(10);
    const duringBefore = [...acknowledged];
    const made = await cache("backup", "node.tar", "--server", server.url, "--json");
    isLoading = false;
    await load;
    expect(made).toMatchObject({ exitCode: 0 });
    expect(await server.end("SIGTERM")).toBe(0);
    expect(existsSync(join(data, "tmp", "backup"))).toBe(false);

    expect(await cache("restore", "node.tar", "--data", "restored")).toMatchObject({ exitCode: 0 });
    const restored = await serve(join(folder.path, "restored"));
    const reader = createClient(restored.url);
    for (const name of [...before, ...duringBefore]) {
      const answer = await reader.get(name);
      expect(`${name} ${answer.status}`).toBe(`${name} 200`);
      expect(bodyOf(name).equals(Buffer.from(await answer.arrayBuffer()))).toBe(true);
    }
    const verified = await (await reader.request("/v1/verify", { method: "POST" })).text();
    expect(JSON.parse(verified.trim().split("\n").at(-1) ?? "")).toMatchObject({ damaged: 0, done: true });
    expect((await reader.put("after", Buffer.from("after"))).status).toBe(201);
    await restored.end("SIGTERM");
    expect(await restored.stderr()).not.toContain("damaged");
  }, 120_000);

  test("that was cut off or changed is refused, and leaves nothing", async () => {
    const whole = readFileSync(join(folder.path, "node.tar"));
    writeFileSync(join(folder.path, "cut.tar"), whole.subarray(0, whole.length >> 1));
    const changed = Buffer.from(whole);
    changed[2000] = (changed[2000] as number) ^ 1;
    writeFileSync(join(folder.path, "changed.tar"), changed);
    writeFileSync(join(folder.path, "text.tar"), "no archive at all ".repeat(100));
    for (const name of ["cut.tar", "changed.tar", "text.tar"]) {
      const refused = await cache("restore", name, "--data", "never");
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain("node/backup-invalid");
      expect(existsSync(join(folder.path, "never"))).toBe(false);
      expect(existsSync(join(folder.path, "never.restoring"))).toBe(false);
    }
    mkdirSync(join(folder.path, "full"));
    writeFileSync(join(folder.path, "full", "file"), "");
    const inTheWay = await cache("restore", "node.tar", "--data", "full");
    expect(inTheWay.stderr).toContain("node/folder-in-the-way");
    expect((await cache("restore", "absent.tar", "--data", "never")).stderr).toContain("node/backup-unusable");
  }, 60_000);

  test("needs a token that may write, since it holds what all scopes hold", async () => {
    const tokens = join(folder.path, "tokens");
    writeFileSync(tokens, `read ${"r".repeat(20)}\n`);
    const server = await serve(join(folder.path, "guarded"), [], { BALLAST_TOKEN_FILE: tokens });
    const client = createClient(server.url, { token: "r".repeat(20) });
    expect((await client.request("/v1/backup")).status).toBe(403);
    await server.end("SIGTERM");
  });
});
