import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { UnsecuredJWT } from "jose";
import { runProcess } from "../../src/core/process.ts";
import { ballast } from "./go-fixture.ts";
import { type Client, entryOf, errorCode, sha256 } from "./serve-fixture.ts";
import { archive, jobs, linkCodec, operatorToken, startTrust } from "./trust-fixture.ts";

const trust = await startTrust();
const secrets: string[] = [];
afterAll(async () => {
  const log = await trust.end();
  trust.remove();
  // Whatever was refused above, no token is in the log.
  for (const secret of [operatorToken, ...secrets]) expect(log).not.toContain(secret);
});

const [main, change, other] = [
  await trust.job(jobs.main),
  await trust.job(jobs.change, { scope: "pr/7", ancestors: ["main"] }),
  await trust.job(jobs.otherChange, { scope: "pr/8", ancestors: ["main"] }),
] as const;
const fork = trust.client({ scope: "pr/99", ancestors: ["main"] });

async function refusedCount(code: string): Promise<number> {
  const text = await (await trust.operator().request("/metrics")).text();
  return Number(
    new RegExp(`ballast_access_refused_total\\{code="${code}",mode="enforce"\\} (\\d+)`).exec(text)?.[1] ?? 0,
  );
}

/** Refused with this code, and counted. */
async function expectRefused(code: string, act: () => Promise<Response>): Promise<void> {
  const before = await refusedCount(code.slice(4));
  expect(await errorCode(await act())).toBe(code);
  expect(await refusedCount(code.slice(4))).toBeGreaterThan(before);
}

async function read(client: Client, action: string): Promise<string | number> {
  const response = await client.get(action);
  return response.status === 200 ? response.text() : response.status;
}

async function cli(...args: string[]): Promise<{ stdout: string; exitCode: number }> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: trust.folder, BALLAST_TOKEN: operatorToken };
  return runCommand([...args, "--server", trust.server.url], env);
}

test("a job writes its own scope, and reads its own and its ancestors'", async () => {
  expect((await main.put("m", Buffer.from("of main"))).status).toBe(201);
  expect((await change.put("c", Buffer.from("of a change"))).status).toBe(201);
  expect([await read(change, "m"), await read(change, "c")]).toEqual(["of main", "of a change"]);
  expect([await read(main, "c"), await read(other, "c"), await read(fork, "c")]).toEqual([404, 404, 404]);
  expect([await read(fork, "m"), await read(other, "m")]).toEqual(["of main", "of main"]);
  expect((await change.lookup(["m", "c", "x"])).get("c")?.sizeBytes).toBe(11);
  expect((await main.lookup(["m", "c"])).get("c")).toBeUndefined();
});

describe("the published attacks are refused and counted", () => {
  test("a change that claims main's slot, in each way that stores something", async () => {
    const thief = await trust.job(jobs.otherChange, { scope: "main" });
    const body = Buffer.from("planted");
    await expectRefused("403 server/scope-refused", () => thief.put("planted", body));
    await expectRefused("403 server/scope-refused", () => thief.putBatch([entryOf("planted", body)]));
    await expectRefused("403 server/scope-refused", () =>
      thief.request(`/cas/${sha256(body).toString("hex")}`, { method: "PUT", body }),
    );
    expect(await read(main, "planted")).toBe(404);
  });

  test("a change that claims another change's scope, or asks for it as an ancestor, or through a namespace", async () => {
    const claims = [{ scope: "pr/7" }, { scope: "pr/8", ancestors: ["pr/7"] }, { scope: "x//main" }, { scope: "*" }];
    for (const context of claims) {
      const client = await trust.job(jobs.otherChange, context);
      await expectRefused("403 server/scope-refused", () => client.get("c"));
    }
  });

  test("a fork writes nothing, reads only what policy says, and gets no other's body by its hash", async () => {
    await expectRefused("403 server/read-only", () => fork.put("f", Buffer.from("f")));
    await expectRefused("403 server/scope-refused", () => trust.client({ scope: "x", ancestors: ["pr/7"] }).get("c"));
    const [ofMain, ofChange] = ["of main", "of a change"].map((text) => sha256(text).toString("hex"));
    expect((await fork.request(`/v1/outputs/${ofMain}`)).status).toBe(200);
    expect((await fork.request(`/v1/outputs/${ofChange}`)).status).toBe(404);
    expect((await other.request(`/v1/outputs/${ofChange}`)).status).toBe(404);
    expect((await change.request(`/v1/outputs/${ofChange}`)).status).toBe(200);
  });

  test("a link to a body that the caller may not read does not make it readable", async () => {
    const body = Buffer.from("of a change");
    const link = entryOf("stolen", body, { codec: linkCodec, body: new Uint8Array(0) });
    expect(await (await other.putBatch([link])).json()).toMatchObject({ refused: [{ code: "node/output-unknown" }] });
    expect(await read(other, "stolen")).toBe(404);
    expect(await (await change.putBatch([link])).json()).toMatchObject({ stored: 1, refused: [] });
  });

  test("a job that runs a stranger's code with main's ref", async () => {
    const token = await trust.token({ ...jobs.main, event_name: "pull_request_target" });
    secrets.push(token);
    await expectRefused("403 server/access-refused", () => trust.client({ scope: "main" }, token).get("m"));
  });

  test("a token that is for another audience, expired, unsigned, of a removed key, or none at all", async () => {
    const wrong = [
      await trust.issuer.sign(jobs.main, { audience: "elsewhere" }),
      await trust.issuer.sign(jobs.main, { nowMs: Date.now() - 3_600_000 }),
      new UnsecuredJWT(jobs.main)
        .setIssuer(trust.issuer.url)
        .setAudience("ballast")
        .setIssuedAt()
        .setExpirationTime("5m")
        .encode(),
    ];
    secrets.push(...wrong);
    for (const token of wrong) {
      await expectRefused("401 server/token-refused", () => trust.client({ scope: "main" }, token).get("m"));
    }
    await expectRefused("401 server/unauthorized", () => trust.client({}, "x".repeat(40)).get("m"));
    const removed = await trust.token(jobs.main);
    const client = trust.client({ scope: "main" }, removed);
    expect(await read(client, "m")).toBe("of main");
    await trust.issuer.rotate("remove");
    expect(await read(await trust.job(jobs.main), "m")).toBe("of main");
    await expectRefused("401 server/token-refused", () => client.get("m"));
  });

  test("a body swapped under a right action, and a bomb that unpacks to more than it says", async () => {
    const fresh = await trust.job(jobs.main);
    const swapped = await fresh.put("swap", Buffer.from("right"), {}, Buffer.from("wrong"));
    expect(await errorCode(swapped)).toBe("422 protocol/body-mismatch");
    const bomb = Bun.zstdCompressSync(Buffer.alloc(50_000_000));
    const body = Buffer.alloc(1000);
    const answer = await fresh.put("bomb", body, { "content-encoding": "zstd" }, bomb);
    expect(await errorCode(answer)).toBe("422 protocol/body-mismatch");
    expect([await read(fresh, "swap"), await read(fresh, "bomb")]).toEqual([404, 404]);
  });

  test("an actor that fills the store", async () => {
    const filler = await trust.job({ ...jobs.otherChange, actor: "filler" }, { scope: "pr/8", ancestors: ["main"] });
    const big = Buffer.alloc(900_000, 1);
    expect((await filler.put("big 1", big)).status).toBe(201);
    expect((await filler.put("big 2", Buffer.alloc(900_000, 2))).status).toBe(201);
    await expectRefused("429 server/quota-exceeded", () => filler.put("big 3", Buffer.alloc(900_000, 3)));
    const small = await trust.job({ ...jobs.otherChange, actor: "many" }, { scope: "pr/8" });
    const entries = Array.from({ length: 80 }, (_, i) => entryOf(`many ${i}`, Buffer.from(`${i}`)));
    const answer = (await (await small.putBatch(entries)).json()) as { stored: number; refused: { code: string }[] };
    expect([answer.stored, answer.refused.length]).toEqual([60, 20]);
    expect(await read(filler, "m")).toBe("of main");
  });

  test("a path, a header or a length that says two things", async () => {
    const paths = ["/v1/outputs/../entries", "/v1/entries/../../etc/passwd", "//v1/stats", "/v1%2fstats", "/v1/stats/"];
    for (const path of paths) {
      expect(await trust.raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)).not.toContain(" 200 ");
    }
    const length =
      "Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/stats HTTP/1.1\r\nHost: x\r\n\r\n";
    const answers = await trust.raw(`POST /v1/lookup HTTP/1.1\r\nballast-scope: main\r\n${length}`);
    expect(answers.match(/^HTTP\/1\.1 200/gm)).toBeNull();
    const scopes = "ballast-scope: pr/99\r\nballast-scope: pr/7\r\n";
    const twice = await trust.raw(
      `GET /v1/actions/${sha256("c").toString("hex")} HTTP/1.1\r\nHost: x\r\n${scopes}ballast-toolchain: ${"a".repeat(64)}\r\n\r\n`,
    );
    expect(twice).toMatch(/^HTTP\/1\.1 4/);
  });

  test("operators' paths are closed to everybody else, and open to them", async () => {
    const job = await trust.job(jobs.change);
    for (const [method, path] of [
      ["GET", "/v1/stats"],
      ["GET", "/v1/entries"],
      ["GET", "/metrics"],
      ["GET", "/v1/survey?what=all"],
      ["POST", "/v1/purge"],
      ["POST", "/v1/gc"],
    ] as const) {
      await expectRefused("403 server/operators-only", () => job.request(path, { method }));
    }
    expect((await trust.operator().request("/v1/stats")).status).toBe(200);
  });
});

describe("who wrote what", () => {
  test("is what the token says, whatever the runner says", async () => {
    const liar = await trust.job(jobs.change, {
      scope: "pr/7",
      provenance: { actor: "alice", run: "1", trust: "trusted", job: "build" },
    });
    await liar.put("lie", Buffer.from("a lie"));
    const lines = await (
      await trust.operator().request(`/v1/entries?output=${sha256("a lie").toString("hex")}`)
    ).text();
    expect((JSON.parse(lines) as { provenance: object }).provenance).toMatchObject({
      repository: "acme/app",
      ref: "refs/pull/7/merge",
      actor: "bob",
      run: "700",
      commit: "bbb",
      job: "build",
      trust: "internal",
      rule: "changes",
      toolchain: "a".repeat(16),
    });
  });

  test("what a trusted job comes to as well is reproduced; what it contradicts is a conflict, with both writers", async () => {
    const writer = await trust.job(jobs.change, { scope: "pr/7", ancestors: ["main"] });
    const [same, different, alone] = [archive("same"), archive("of the change"), archive("alone")];
    for (const [action, body] of [
      ["same", same],
      ["different", different],
      ["alone", alone],
    ] as const) {
      expect((await writer.put(action, body)).status).toBe(201);
    }
    const fresh = await trust.job(jobs.main);
    await fresh.put("same", same);
    await fresh.put("different", archive("of main"));
    const open = await cli("cache", "ls", "--unreproduced", "--json");
    const found = open.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { action: string; unreproduced: string });
    expect(Object.fromEntries(found.map((one) => [one.action, one.unreproduced]))).toEqual({
      [sha256("different").toString("hex")]: "differs",
      [sha256("alone").toString("hex")]: "alone",
    });
    const conflicts = await cli("cache", "conflicts");
    expect(conflicts.exitCode).toBe(1);
    expect(conflicts.stdout).toContain(sha256("different").toString("hex"));
    expect(conflicts.stdout).toContain("acme/app refs/pull/7/merge run 700");
    expect(conflicts.stdout).toContain("acme/app refs/heads/main run 100");
    const who = await cli("cache", "who", sha256("same").toString("hex"));
    expect(who.stdout).toContain("reproduced by acme/app refs/heads/main run 100");
    const difference = await cli("cache", "diff", sha256("different").toString("hex"));
    expect(difference.stdout).toContain("importers see the difference");
    const metrics = await (await trust.operator().request("/metrics")).text();
    expect(metrics).toContain("ballast_cache_reproduced_total 1");
    expect(metrics).toContain("ballast_cache_scope_conflicts_total 1");
  }, 30_000);

  test("which runs were given an entry, and what a run was given", async () => {
    const reader = await trust.job({ ...jobs.change, run_id: "701" }, { scope: "pr/7", ancestors: ["main"] });
    await reader.lookup(["m", "c", "absent"]);
    const used = await cli("cache", "used-by", "701");
    expect(used.stdout).toContain("2 entries");
    expect(used.stdout).toContain(sha256("m").toString("hex").slice(0, 10));
    const who = await cli("cache", "who", sha256("m").toString("hex"), "--json");
    const { runs } = JSON.parse(who.stdout) as { runs: { provenance: { run: string } }[] };
    expect(runs.map(({ provenance }) => provenance.run)).toContain("701");
    expect((await cli("cache", "used-by", "nobody")).exitCode).toBe(1);
  }, 30_000);
});

test("what operators change is in the audit trail, with who did it", async () => {
  expect((await cli("cache", "purge", "--by", "actor=bob")).exitCode).toBe(0);
  expect(await read(await trust.job(jobs.change, { scope: "pr/7" }), "c")).toBe(404);
  const ledger = join(trust.folder, "data", "ledger.sqlite");
  const env = { PATH: process.env["PATH"] ?? "", HOME: trust.folder };
  const shown = await runCommand(["ledger", "ls", "--json", "--ledger-file", ledger], env);
  expect(shown.stdout).toContain("ballast.cache.access-policy");
  expect(shown.stdout).toContain("ballast.cache.purge");
  expect(shown.stdout).toContain("token operator");
}, 30_000);

test("a job exchanges its token for a session, and a trial refuses nothing but says so", async () => {
  const answer = await trust.client({}, await trust.token(jobs.change)).request("/v1/session", { method: "POST" });
  const session = (await answer.json()) as { token: string; rule: string; writes: string[] };
  expect(session).toMatchObject({ rule: "changes", writes: ["pr/7"] });
  secrets.push(session.token);
  expect(await read(trust.client({ scope: "pr/7", ancestors: ["main"] }, session.token), "m")).toBe("of main");
  const trial = await startTrust(["--access-mode", "dry-run"]);
  const thief = trial.client({ scope: "main" }, operatorToken);
  expect((await thief.put("x", Buffer.from("x"))).status).toBe(201);
  await Bun.sleep(50);
  const metrics = await (await trial.operator().request("/metrics")).text();
  expect(metrics).toMatch(/ballast_access_refused_total\{code="[\w/-]+",mode="dry-run"\} 1/);
  expect(await trial.end()).toContain("access would be refused");
  trial.remove();
}, 30_000);

async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ stdout: string; exitCode: number }> {
  const argv = [...ballast, ...args];
  const { exitCode = -1, stdout, stderr } = await runProcess({ argv, env, cwd: trust.folder, deadlineMs: 20_000 });
  if (exitCode > 1 || exitCode < 0) throw new Error(stderr);
  return { exitCode, stdout };
}
