/** A scope moves from one installation to another in a signed file: real builds there hit what was built here. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { runProcess } from "../../src/core/process.ts";
import { ballast, createGoFixture, type GoFixture } from "./go-fixture.ts";
import { createClient, errorCode, serve, sha256, type ServerProcess } from "./serve-fixture.ts";
import { createRunners, type Runners } from "./shared-runners.ts";

let go: GoFixture;
let runners: Runners;
let here: ServerProcess;
let there: ServerProcess;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  here = await serve(join(go.folder, "here"));
  there = await serve(join(go.folder, "there"));
  for (const name of ["one", "two"]) {
    const keys = generateKeyPairSync("ed25519");
    writeFileSync(join(go.folder, `${name}.pem`), keys.privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(join(go.folder, `${name}.pub`), keys.publicKey.export({ type: "spki", format: "pem" }));
  }
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(join(go.folder, "rsa.pem"), rsa.privateKey.export({ type: "pkcs8", format: "pem" }));
});

afterAll(async () => {
  await Promise.all([here.end("SIGTERM"), there.end("SIGTERM")]);
  go[Symbol.dispose]();
});

interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function cache(...args: readonly string[]): Promise<Ran> {
  return runProcess({ argv: [...ballast, "cache", ...args], cwd: go.folder, deadlineMs: 60_000 });
}

function importIt(file: string, key: string, scope = "main"): Promise<Ran> {
  return cache("import", file, "--server", there.url, "--scope", scope, "--trusted-key", key, "--json");
}

const scope = { BALLAST_SCOPE: "main" };

describe("export and import", () => {
  test("what was built here is a hit there, and the binary the same; again, everything is known", async () => {
    const native = await runners.native();
    const first = await runners.build({ gocache: go.newCache("first"), server: here.url, env: scope });
    expect(first).toMatchObject({ exitCode: 0, digest: native.digest });
    const client = createClient(here.url);
    const large = Buffer.concat(Array.from({ length: 40 }, () => crypto.getRandomValues(new Uint8Array(65_536))));
    for (const [name, body] of [
      ["large", large],
      ["empty", Buffer.alloc(0)],
    ] as const) {
      expect((await client.put(name, body)).status).toBe(201);
    }
    const made = await cache("export", "main.ballast", "--server", here.url, "--scope", "main", "--key", "one.pem");
    expect(made).toMatchObject({ exitCode: 0 });
    const imported = await importIt("main.ballast", "one.pub");
    expect(imported).toMatchObject({ exitCode: 0 });
    const report = JSON.parse(imported.stdout) as { stored: number; conflicts: number };
    expect(report.stored).toBeGreaterThan(14);
    const second = await runners.build({ gocache: go.newCache("second"), server: there.url, env: scope });
    expect(second).toMatchObject({ exitCode: 0, digest: native.digest, compiled: [] });
    const far = createClient(there.url);
    expect(large.equals(Buffer.from(await (await far.get("large")).arrayBuffer()))).toBe(true);
    expect((await far.get("empty")).headers.get("ballast-size")).toBe("0");
    const again = JSON.parse((await importIt("main.ballast", "one.pub")).stdout) as object;
    expect(again).toMatchObject({ stored: 0, known: report.stored, conflicts: 0 });
    const listed = (await (await far.request("/v1/entries?limit=1")).text()).trim();
    expect(JSON.parse(listed)).toMatchObject({ scope: "main", provenance: { via: "import" } });
  }, 120_000);

  test("another scope holds nothing of it", async () => {
    const made = await cache("export", "other.ballast", "--server", here.url, "--scope", "pr/1", "--key", "one.pem");
    expect(made).toMatchObject({ exitCode: 0 });
    const imported = await importIt("other.ballast", "one.pub", "pr/1");
    expect(JSON.parse(imported.stdout)).toMatchObject({ stored: 0, known: 0 });
  });

  test("a file of another key, a changed one, a short one and a wrong one are refused before anything is sent", async () => {
    const whole = readFileSync(join(go.folder, "main.ballast"));
    expect((await importIt("main.ballast", "two.pub", "never")).stderr).toContain("inspect/signature-wrong");
    const changed = Buffer.from(whole);
    changed[5000] = (changed[5000] as number) ^ 1;
    writeFileSync(join(go.folder, "changed"), changed);
    expect((await importIt("changed", "one.pub", "never")).stderr).toContain("inspect/signature-wrong");
    writeFileSync(join(go.folder, "short"), whole.subarray(0, -100));
    expect((await importIt("short", "one.pub", "never")).stderr).toContain("inspect/export-invalid");
    writeFileSync(join(go.folder, "none"), "");
    expect((await importIt("none", "one.pub", "never")).stderr).toContain("inspect/export-invalid");
    expect((await importIt("absent", "one.pub", "never")).stderr).toContain("inspect/export-unusable");
    expect((await importIt("main.ballast", "rsa.pem", "never")).stderr).toContain("inspect/key-invalid");
    const stats = (await (await fetch(`${there.url}/v1/stats`)).json()) as { scopes: { scope: string }[] };
    expect(stats.scopes.map((found) => found.scope)).not.toContain("never");
    const unsigned = await cache("export", "x", "--server", here.url, "--scope", "main", "--key", "rsa.pem");
    expect(unsigned.stderr).toContain("inspect/key-invalid");
    expect(existsSync(join(go.folder, "x"))).toBe(false);
  }, 60_000);

  test("a server takes no body that is not what its head says, and no frames that are none, whoever sends them", async () => {
    await createClient(here.url).put("one more", Buffer.from("kept as it is"));
    const answer = await fetch(`${here.url}/v1/export?scope=main`);
    const frames = Buffer.from(await answer.arrayBuffer());
    // Not a bit of the body: a frame of zstd has some that its content does not depend on.
    const swapped = Buffer.from(frames);
    const at = swapped.indexOf(sha256("kept as it is"));
    swapped[at] = (swapped[at] as number) ^ 1;
    const send = (body: Uint8Array, query = "scope=swapped"): Promise<Response> =>
      fetch(`${there.url}/v1/import?${query}`, { method: "POST", body: body as Uint8Array<ArrayBuffer> });
    expect(await errorCode(await send(swapped))).toBe("422 protocol/body-mismatch");
    expect(await errorCode(await send(frames.subarray(0, 3000)))).toBe("400 protocol/malformed");
    expect(await errorCode(await send(Buffer.from("nonsense".repeat(10))))).toBe("400 protocol/malformed");
    expect(await errorCode(await send(frames, "scope="))).toBe("400 server/request-malformed");
    expect(await errorCode(await send(frames, `scope=${"x".repeat(300)}`))).toBe("400 server/request-malformed");
  });
});
