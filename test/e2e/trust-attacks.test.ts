/** Attacks on what lies beside the slots: other protocols' keys, names that look alike, memory, logs, connections. */

import { afterAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { mkdirSync, writeFileSync } from "node:fs";
import { createFrameReader, frameType } from "../../src/cache/protocol/frame.ts";
import { joinJson } from "../../src/cache/protocol/run.ts";
import { runProcess } from "../../src/core/process.ts";
import { ballast } from "./go-fixture.ts";
import { moduleFiles } from "./module-upstream.ts";
import { createClient, entryOf, errorCode, mainContext, serve, sha256, temporaryFolder } from "./serve-fixture.ts";
import { jobs, operatorToken, startTrust } from "./trust-fixture.ts";

const trust = await startTrust(["--access-log", "--idle-timeout", "5s"]);
const change = await trust.job(jobs.change, { scope: "pr/7", ancestors: ["main"] });
const secret = "s3cret-in-a-query-0123456789";

afterAll(async () => {
  const log = await trust.end();
  trust.remove();
  for (const one of [secret, operatorToken]) expect(log).not.toContain(one);
  // Each line is one object, whatever a client put into a name.
  for (const line of log.split("\n").filter(Boolean)) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

const hexOf = (text: string | Uint8Array): string => sha256(text).toString("hex");

describe("keys of other protocols", () => {
  test("an entry under a blob's partition is no blob: what /cas answers is what its path says", async () => {
    const wanted = Buffer.from("the compiler that bazel asked for");
    const partition = createHash("sha256").update("bazel cas ").digest("hex");
    const writer = await trust.job(jobs.change, { scope: "pr/7", toolchain: partition });
    const entry = entryOf("-", Buffer.from("another compiler"));
    const answer = await writer.putBatch([{ ...entry, action: sha256(wanted) }]);
    expect(await answer.json()).toMatchObject({ stored: 1 });
    const asked = await change.request(`/cas/${hexOf(wanted)}`);
    expect(asked.status).toBe(404);
    expect((await change.request(`/cas/${hexOf(wanted)}`, { method: "PUT", body: wanted })).status).toBe(200);
    expect(await (await change.request(`/cas/${hexOf(wanted)}`)).text()).toBe(wanted.toString());
  });

  test("nobody writes where the node keeps modules that it has checked", async () => {
    const folder = temporaryFolder();
    const [proxy, module] = [join(folder.path, "proxy"), "example.org/dep"];
    for (const [path, bytes] of moduleFiles([{ path: module, version: "v1.0.0", files: { "go.mod": "module x\n" } }])) {
      mkdirSync(join(proxy, path, ".."), { recursive: true });
      writeFileSync(join(proxy, path), bytes);
    }
    const server = await serve(join(folder.path, "data"), ["--module-proxy", `file://${proxy}`]);
    const path = `${module}/@v/v1.0.0.mod`;
    const toolchain = createHash("sha256").update("go modules").digest("hex");
    const entry = { ...entryOf("-", Buffer.from("module evil\n")), action: sha256(`go module ${path}`) };
    for (const [scope, status] of [
      ["modules", 200],
      ["//modules", 400],
    ] as const) {
      const writer = createClient(server.url, { context: { ...mainContext, scope, toolchain, image: "0".repeat(64) } });
      expect((await writer.putBatch([entry])).status).toBe(status);
    }
    expect(await (await fetch(`${server.url}/mod/${path}`)).text()).toBe("module x\n");
    await server.end("SIGTERM");
    folder.remove();
  });
});

describe("names", () => {
  test.each([
    ["a letter of no width", "pr/7\u200b"],
    ["letters that run backwards", "pr/\u202e7"],
    ["what a terminal takes for a command", "pr/7\u009b2J"],
    ["a line's end of another kind", "pr/7\u2028x"],
    ["the mark of the server's own", "//modules"],
  ])("a scope with %s is refused, to write and to read", async (_what, name) => {
    const writer = await trust.job(jobs.change, { scope: name, ancestors: [] });
    expect(await errorCode(await writer.put("x", Buffer.from("x")))).toBe("400 protocol/malformed");
    const reader = await trust.job(jobs.change, { scope: "pr/7", ancestors: [name] });
    expect(await errorCode(await reader.get("x"))).toBe("400 protocol/malformed");
  });

  test.each([
    ["digits of another alphabet", "pr/\uff17"],
    ["a letter that looks like another", "m\u0430in"],
    ["another case", "Main"],
    ["a composed form", "pr/7\u0301"],
    ["a percent sign that is decoded twice", "pr%2f7"],
    ["a trailing slash", "main/"],
    ["a folder above", "pr/7/../../main"],
    ["a namespace's mark", "acme//main"],
  ])("a scope with %s is another scope, and not granted", async (_what, name) => {
    const writer = await trust.job(jobs.change, { scope: name, ancestors: [] });
    expect(await errorCode(await writer.put("y", Buffer.from("y")))).toBe("403 server/scope-refused");
  });

  test("what a runner says of itself does not steer the operator's terminal", async () => {
    const provenance = { job: "\u001b]0;pwned\u0007\u009b2Jbuild\u202e", command: "go\r\nbuild" };
    const liar = await trust.job(jobs.change, { scope: "pr/7", provenance });
    expect((await liar.put("steers", Buffer.from("steers"))).status).toBe(201);
    for (const words of [
      ["cache", "who", hexOf("steers")],
      ["cache", "ls", "--remote", "--action", hexOf("steers")],
      ["cache", "show", "--remote", hexOf("steers")],
    ]) {
      const env = { PATH: process.env["PATH"] ?? "", HOME: trust.folder, BALLAST_TOKEN: operatorToken };
      const argv = [...ballast, ...words, "--server", trust.server.url];
      const { stdout, stderr } = await runProcess({ argv, env, deadlineMs: 20_000 });
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(`${words[1]}: ${stdout}${stderr}`).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
      if (words[1] === "who") expect(stdout).toContain("bob");
    }
  });
});

describe("memory, logs and connections", () => {
  test("made-up tokens push nobody out who is known, and none of a query's text is logged", async () => {
    const known = await trust.job(jobs.main);
    expect((await known.put("known", Buffer.from("known"))).status).toBe(201);
    const before = trust.issuer.keyRequests;
    const flood = async (from: number): Promise<void> => {
      for (let number = from; number < from + 300; number++) {
        const authorization = `Bearer eyJ${number}${"x".repeat(3000)}.e30.x`;
        const { status } = await fetch(`${trust.server.url}/v1/hello?token=${secret}`, { headers: { authorization } });
        expect(status).toBe(401);
      }
    };
    await Promise.all([0, 1, 2, 3].map((part) => flood(part * 1000)));
    expect(await (await known.get("known")).text()).toBe("known");
    expect(trust.issuer.keyRequests - before).toBeLessThanOrEqual(1);
    // A token in a query is none.
    const asked = await fetch(`${trust.server.url}/v1/stats?token=${operatorToken}&access_token=${operatorToken}`);
    expect(asked.status).toBe(403);
  });

  test("manifests are counted as what they take", async () => {
    const actions = Buffer.concat(Array.from({ length: 20_000 }, (_, at) => sha256(`used ${at}`)));
    const filler = await trust.job({ ...jobs.otherChange, actor: "of manifests" }, { scope: "pr/8" });
    const leave = (job: string): Promise<Response> =>
      filler.request("/v1/runs", {
        method: "PUT",
        body: joinJson({ job, family: "f", revision: "", savedMs: 0, waitedMs: 0, offeredMs: 0, hits: 0 }, actions),
      });
    const codes: string[] = [];
    // 640 kB each, and the rule gives 2 MB.
    for (let number = 0; number < 4; number++) {
      const response = await leave(`job ${number}`);
      codes.push(response.ok ? "kept" : await errorCode(response));
    }
    expect(codes).toEqual(["kept", "kept", "kept", "429 server/quota-exceeded"]);
  });

  test("a thousand headers, one without an end, and two tokens are refused, and the server lives on", async () => {
    const many = Array.from({ length: 1000 }, (_, at) => `x-${at}: 1\r\n`).join("");
    expect(await trust.raw(`GET /v1/hello HTTP/1.1\r\nHost: x\r\n${many}\r\n`)).toMatch(/^HTTP\/1\.1 4|^$/);
    expect(await trust.raw(`GET /v1/hello HTTP/1.1\r\nHost: x\r\nx: ${"y".repeat(100_000)}`)).toMatch(
      /^HTTP\/1\.1 4|^$/,
    );
    expect(
      await trust.raw(
        "GET /v1/hello HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
      ),
    ).toMatch(/^HTTP\/1\.1 4/);
    expect((await trust.operator().request("/v1/hello")).status).toBe(200);
  });

  test("the second version's misses come before the first body, and the first version's in their order", async () => {
    const reader = await trust.job(jobs.main);
    expect((await reader.put("is there", Buffer.from("is there"))).status).toBe(201);
    const body = Buffer.concat([sha256("is there"), sha256("is not"), sha256("nor this")]);
    const typesIn = async (version: string): Promise<number[]> => {
      const response = await reader.request("/v1/lookup", {
        method: "POST",
        body,
        headers: { "ballast-protocol": version },
      });
      const types: number[] = [];
      createFrameReader().feed(await response.bytes(), ({ type, payload }) => {
        types.push(type);
        if (type === frameType.misses) expect([...payload]).toEqual([0b110]);
      });
      return types;
    };
    const { entry, miss, misses, end } = frameType;
    expect(await typesIn("1")).toEqual([entry, miss, miss, end]);
    expect(await typesIn("2")).toEqual([misses, entry, end]);
  });
});
