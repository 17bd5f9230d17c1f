/** `ballast doctor` with real Go, real git and a real server. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ballast, createGoFixture, type GoFixture, type GoResult } from "./go-fixture.ts";
import { serve, type ServerProcess } from "./serve-fixture.ts";

interface Report {
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly found: string;
    readonly todo?: string;
  }[];
  readonly counts: Readonly<Record<string, number>>;
}

let go: GoFixture;
const servers: ServerProcess[] = [];

beforeAll(async () => {
  go = await createGoFixture();
});
afterAll(() => go[Symbol.dispose]());
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.end("SIGTERM")));
});

const doctor = (flags: readonly string[], env: Record<string, string> = {}): Promise<GoResult> =>
  go.run([...ballast, "doctor", ...flags], { GOCACHE: join(go.folder, "none yet"), ...env });

async function report(
  env: Record<string, string> = {},
  ...flags: string[]
): Promise<{
  readonly exitCode: number;
  readonly counts: Report["counts"];
  status(id: string): string;
  found(id: string): string;
}> {
  const { exitCode, stdout, stderr } = await doctor(["--json", ...flags], env);
  expect(stderr).toBe("");
  const { checks, counts } = JSON.parse(stdout) as Report;
  const of = (id: string) => checks.find((check) => check.id === id);
  return { exitCode, counts, status: (id) => of(id)?.status ?? "absent", found: (id) => of(id)?.found ?? "absent" };
}

let data = 0;
async function started(flags: readonly string[] = [], env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await serve(join(go.folder, `data ${data++}`), flags, env);
  servers.push(server);
  return server;
}

describe("on a good machine", () => {
  test("everything is well or not asked for, exit 0, and nothing is left behind", async () => {
    const seen = await report();
    expect(seen.exitCode).toBe(0);
    expect(seen.counts).toMatchObject({ problem: 0, warning: 0 });
    expect(seen.status("go-version")).toBe("ok");
    expect(seen.status("server-reachable")).toBe("skipped");
    expect(existsSync(join(go.folder, "none yet"))).toBe(false);
  });

  test("the table is aligned, and closes with the counts", async () => {
    const { stdout, exitCode } = await doctor([]);
    expect(exitCode).toBe(0);
    const [head = "", ...rows] = stdout.split("\n\n")[0]?.split("\n") ?? [];
    const [checkAt, foundAt] = [head.indexOf("check"), head.indexOf("found")];
    for (const row of rows) {
      expect(row.slice(checkAt - 2, checkAt)).toBe("  ");
      expect(row.slice(foundAt - 2, foundAt)).toBe("  ");
    }
    expect(stdout).toMatch(/\n\d+ ok, 0 warnings, 0 problems, \d+ skipped\n$/);
  });
});

describe("Go", () => {
  test("is missing", async () => {
    const seen = await report({ PATH: "/nowhere" });
    expect(seen.exitCode).toBe(1);
    expect(seen.status("go-version")).toBe("problem");
  });

  test("is too old", async () => {
    const folder = join(go.folder, "old go");
    mkdirSync(folder);
    writeFileSync(
      join(folder, "go"),
      `#!/bin/sh\n[ "$1" = version ] || echo '{"GOVERSION":"go1.23.4","GOCACHE":"/tmp"}'\n`,
      { mode: 0o755 },
    );
    const seen = await report({ PATH: `${folder}:${process.env["PATH"]}` });
    expect([seen.exitCode, seen.status("go-version")]).toEqual([1, "problem"]);
    expect(seen.found("go-version")).toContain("go1.23.4");
  });

  test("has a cache that is off, flags that get in the way, and another cacheprog", async () => {
    const seen = await report({ GOCACHE: "off", GOFLAGS: "-count=1", GOCACHEPROG: "/bin/cat --token s3cret" });
    expect(seen.exitCode).toBe(1);
    expect(seen.status("gocache-folder")).toBe("problem");
    expect(seen.status("go-flags")).toBe("warning");
    expect(seen.status("gocacheprog")).toBe("warning");
    expect(seen.found("gocacheprog")).not.toContain("s3cret");
  });

  test("says what is wrong with its own settings", async () => {
    const seen = await report({ GOFLAGS: "not-a-flag" });
    expect(seen.status("go-version")).toBe("problem");
    expect(seen.found("go-version")).toContain("GOFLAGS");
  });

  test("takes what ballast env prints for what it is", async () => {
    const printed = await go.run([...ballast, "env"], {});
    const GOCACHEPROG = /^export GOCACHEPROG='(.*)'\n$/.exec(printed.stdout)?.[1] ?? "";
    expect((await report({ GOCACHEPROG })).status("gocacheprog")).toBe("ok");
  });
});

describe("the server", () => {
  test("is near and open", async () => {
    const { url } = await started();
    const seen = await report({ BALLAST_SERVER: url });
    expect(seen.exitCode).toBe(0);
    for (const id of ["server-reachable", "server-access", "server-speed", "server-clock"]) {
      expect([id, seen.status(id)]).toEqual([id, "ok"]);
    }
    expect(seen.found("server-speed")).toMatch(/^[\d.]+ ms a round trip \(median of 7\)/);
  });

  test("is not there", async () => {
    const seen = await report({}, "--server", "http://127.0.0.1:1");
    expect([seen.exitCode, seen.status("server-reachable")]).toEqual([1, "problem"]);
  });

  test("wants a token, and has two kinds of them", async () => {
    const tokens = join(go.folder, "tokens");
    writeFileSync(tokens, "read reading-token-0001\nwrite writing-token-0001\n", { mode: 0o600 });
    const { url } = await started([], { BALLAST_TOKEN_FILE: tokens });
    const access = async (env: Record<string, string>): Promise<string> => {
      const { exitCode, status } = await report({ BALLAST_SERVER: url, ...env });
      return `${status("server-access")} ${exitCode}`;
    };
    expect(await access({})).toBe("problem 1");
    expect(await access({ BALLAST_TOKEN: "another-token-000001" })).toBe("problem 1");
    expect(await access({ BALLAST_TOKEN: "reading-token-0001" })).toBe("warning 0");
    expect(await access({ BALLAST_TOKEN: "reading-token-0001", BALLAST_MODE: "read-only" })).toBe("ok 0");
    expect(await access({ BALLAST_TOKEN: "writing-token-0001" })).toBe("ok 0");
    expect(await access({ BALLAST_TOKEN_FILE: tokens })).toBe("ok 0");
  });

  test("has a certificate that only its own authority vouches for", async () => {
    const [cert, key] = [join(go.folder, "cert.pem"), join(go.folder, "key.pem")];
    const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    await go.run(
      ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, ...name],
      {},
    );
    const { url } = await started(["--tls-cert", cert, "--tls-key", key]);
    expect(url).toStartWith("https://");
    const unknown = await report({ BALLAST_SERVER: url });
    expect([unknown.exitCode, unknown.status("server-reachable")]).toEqual([1, "problem"]);
    expect(unknown.found("server-reachable")).toContain("certificate");
    expect((await report({ BALLAST_SERVER: url }, "--ca-file", cert)).status("server-access")).toBe("ok");
  });
});

describe("the checkout", () => {
  test("is fresh, and prepared", async () => {
    const folder = join(go.folder, "run-7401234567");
    await Bun.$`git init --quiet ${folder}`.quiet();
    writeFileSync(join(folder, "go.mod"), "module example.org/fresh\n\ngo 1.24\n");
    const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
    await Bun.$`git add -A`.cwd(folder).quiet();
    await Bun.$`git ${identity} commit --quiet -m one`
      .cwd(folder)
      .env({ ...process.env, GIT_COMMITTER_DATE: "1700000000 +0000" })
      .quiet();
    // `go -C` has no counterpart here: env changes the folder, and nothing else.
    const inCheckout = async (...words: string[]): Promise<GoResult> =>
      go.run(
        ["env", "-C", folder, "CI=true", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=7401234567", ...ballast, ...words],
        {
          GOCACHE: join(go.folder, "none yet"),
        },
      );
    const status = async (id: string): Promise<string> => {
      const { checks } = JSON.parse((await inCheckout("doctor", "--json")).stdout) as Report;
      return checks.find((check) => check.id === id)?.status ?? "absent";
    };
    expect(await status("checkout-path")).toBe("warning");
    expect(await status("file-times")).toBe("warning");
    expect(await inCheckout("prepare")).toMatchObject({ exitCode: 0 });
    expect(await status("file-times")).toBe("ok");
    writeFileSync(join(folder, "ballast.yaml"), "cache:\n  mode: rw\nserver:\n  maxSize: plenty\n  nonsense: 1\n");
    const broken = await inCheckout("doctor");
    expect(broken.exitCode).toBe(1);
    for (const place of ["cache.mode", "server.maxSize", "server.nonsense"]) expect(broken.stdout).toContain(place);
  });
});
