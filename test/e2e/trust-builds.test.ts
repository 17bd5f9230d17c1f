/** Attacks by real builds: the attacker runs go with tools of its own, and main must never build from what it left. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "../../src/core/process.ts";
import { ballast, createGoFixture, type GoFixture } from "./go-fixture.ts";
import { createRunners, type Runners } from "./shared-runners.ts";
import { jobs, startTrust, type TrustFixture } from "./trust-fixture.ts";

let go: GoFixture;
let runners: Runners;
let trust: TrustFixture;
let native: string;
/** `-toolexec` of a tool that says the right version and compiles another source. */
let patched: string;

beforeAll(async () => {
  go = await createGoFixture();
  runners = createRunners(go);
  trust = await startTrust();
  native = (await runners.native()).digest;
  const source = join(go.folder, "evil.go");
  writeFileSync(source, readFileSync(join(go.module, "p10", "p.go"), "utf8").replace("+ 10", "+ 666"));
  const tool = join(go.folder, "patched-tool");
  writeFileSync(tool, patchedTool(source));
  chmodSync(tool, 0o755);
  patched = `-toolexec=${tool}`;
}, 60_000);
afterAll(async () => {
  await trust.end();
  trust.remove();
  go[Symbol.dispose]();
});

function patchedTool(source: string): string {
  return `#!/bin/sh
tool=$1; shift
count=$#
while [ $count -gt 0 ]; do
  case $1 in */p10/p.go|./p.go) [ "$TOOLEXEC_IMPORTPATH" = example.org/fixture/p10 ] && set -- "$@" ${source} || set -- "$@" "$1";; *) set -- "$@" "$1";; esac
  shift; count=$((count - 1))
done
exec "$tool" "$@"
`;
}

async function env(claims: Readonly<Record<string, string>>, scope: string): Promise<Record<string, string>> {
  const BALLAST_TOKEN = await trust.token(claims);
  return { BALLAST_TOKEN, BALLAST_SCOPE: scope, ...(scope === "main" ? {} : { BALLAST_ANCESTORS: "main" }) };
}

async function build(gocache: string, variables: Readonly<Record<string, string>>) {
  const built = await runners.build({ gocache, server: trust.server.url, env: variables });
  expect(built).toMatchObject({ exitCode: 0 });
  return built;
}

test("a change that races for main's slots with a patched tool gets none of them (CVE-2025-36852)", async () => {
  const asMain = await build(go.newCache("attacker"), { ...(await env(jobs.change, "main")), GOFLAGS: patched });
  expect(asMain.digest).not.toBe(native);
  expect(asMain.summary.uploaded).toBe(0);
  const asItself = await build(go.newCache("attacker-2"), { ...(await env(jobs.change, "pr/7")), GOFLAGS: patched });
  expect(asItself.summary.uploaded).toBeGreaterThan(0);

  const first = await build(go.newCache("main-1"), await env(jobs.main, "main"));
  expect([first.digest, first.compiled.length]).toEqual([native, 13]);
  const second = await build(go.newCache("main-2"), await env({ ...jobs.main, run_id: "101" }, "main"));
  expect([second.digest, second.compiled]).toEqual([native, []]);
  const victim = await build(go.newCache("other-change"), await env(jobs.otherChange, "pr/8"));
  expect([victim.digest, victim.compiled]).toEqual([native, []]);

  const argv = [...ballast, "cache", "conflicts", "--server", trust.server.url, "--json"];
  const variables = { PATH: process.env["PATH"] ?? "", HOME: go.folder, BALLAST_TOKEN: "operator-token-0123456789" };
  const { stdout } = await runProcess({ argv, env: variables, cwd: go.folder, deadlineMs: 20_000 });
  const found = stdout
    .trim()
    .split("\n")
    .map(
      (line) => JSON.parse(line) as { writings: { scope: string; provenance: { actor: string; command: string } }[] },
    );
  const writers = found.map(({ writings }) =>
    writings.map(({ scope, provenance }) => `${scope} ${provenance.actor}`).toSorted(),
  );
  expect(writers).toContainEqual(["main alice", "pr/7 bob"]);
  expect(found[0]?.writings[0]?.provenance.command).toStartWith("build");
}, 120_000);

test("a persistent runner that served the change first gives main none of it", async () => {
  const gocache = go.newCache("persistent");
  // Without main as an ancestor: what main has by now would be found before it is compiled.
  const own = { BALLAST_TOKEN: await trust.token(jobs.change), BALLAST_SCOPE: "pr/7", GOFLAGS: patched };
  const change = await build(gocache, own);
  expect(change.digest).not.toBe(native);
  const main = await build(gocache, await env({ ...jobs.main, run_id: "102" }, "main"));
  expect(main.digest).toBe(native);
  const alone = await runners.build({ gocache, env: { BALLAST_SCOPE: "main" } });
  expect(alone.digest).toBe(native);
}, 120_000);

test("a fork's job without a token reads main, leaves nothing, and does not fail", async () => {
  const fork = await build(go.newCache("fork"), { BALLAST_SCOPE: "pr/99", BALLAST_ANCESTORS: "main" });
  expect([fork.digest, fork.compiled, fork.summary.uploaded]).toEqual([native, [], 0]);
  const stolen = await build(go.newCache("thief"), await env({ ...jobs.change, repository: "mallory/app" }, "main"));
  expect([stolen.digest, stolen.summary.uploaded]).toEqual([native, 0]);
}, 120_000);

test("a GitHub job gets a session for its identity; its file is its own, and the identity goes to no server of the checkout", async () => {
  const identity = await trust.token(jobs.change);
  const asked: string[] = [];
  using github = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request): Response {
      asked.push(`${new URL(request.url).searchParams.get("audience")} ${request.headers.get("authorization")}`);
      return Response.json({ value: identity });
    },
  });
  const output = join(go.folder, "github-env");
  writeFileSync(output, "");
  const variables = {
    PATH: process.env["PATH"] ?? "",
    HOME: go.folder,
    RUNNER_TEMP: go.folder,
    GITHUB_ENV: output,
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${github.port}/token?job=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
  };
  const run = (args: readonly string[]) =>
    runProcess({ argv: [...ballast, "token", ...args], env: variables, cwd: go.module, deadlineMs: 20_000 });
  const done = await run(["--server", trust.server.url, "--github"]);
  expect(done.stderr).toContain("rule changes; writes pr/7");
  expect([done.exitCode, done.stdout, asked]).toEqual([0, "", ["ballast bearer request-token"]]);
  const file = /BALLAST_TOKEN_FILE=(.+)/.exec(readFileSync(output, "utf8"))?.[1] ?? "";
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const built = await build(go.newCache("session"), {
    BALLAST_TOKEN_FILE: file,
    BALLAST_SCOPE: "pr/7",
    BALLAST_ANCESTORS: "main",
  });
  expect([built.digest, built.compiled]).toEqual([native, []]);

  const yaml = join(go.module, "ballast.yaml");
  writeFileSync(yaml, `cache:\n  server: ${trust.server.url}\n`);
  const withheld = await run([]);
  expect(withheld.exitCode).toBe(2);
  expect(asked).toHaveLength(1);
  expect(existsSync(yaml)).toBe(true);
  await Bun.file(yaml).delete();
}, 60_000);
