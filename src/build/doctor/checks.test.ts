/** Each check over a context made by hand: what it says of a good machine, and of each bad one. */

import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { systemClock } from "../../core/clock.ts";
import { coreErrors } from "../../core/core-errors.ts";
import { createStyle } from "../../core/style.ts";
import type { CheckResult, DoctorCheck, DoctorContext } from "./check.ts";
import { doctorChecks } from "./checks.ts";
import { judgeSpace } from "./checks/gocache-space.ts";
import { judgeClock } from "./checks/server-clock.ts";
import { examinationText, examine } from "./examination.ts";
import type { GoFacts } from "./go-facts.ts";
import type { HelloOutcome, ServerProbe } from "./server-probe.ts";
import { readSettingsFacts } from "./settings-facts.ts";
import { cacheSettings } from "../../cache/settings.ts";

const work = realpathSync(mkdtempSync(join(tmpdir(), "doctor ")));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const goodGo: GoFacts = {
  state: "found",
  path: "/usr/bin/go",
  values: { GOVERSION: "go1.26.8", GOCACHE: join(work, "gocache") },
};

const hello: HelloOutcome = { kind: "hello", protocol: 1, version: "1.0.0", mode: "read-write" };
const goodProbe: ServerProbe = {
  url: "http://cache:7420",
  hello,
  firstMs: 3,
  roundTripsMs: [1, 1, 1],
  ahead: { minMs: -500, maxMs: 500 },
};

interface Machine {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly flags?: Record<string, string>;
  readonly go?: GoFacts;
  readonly goValues?: Record<string, string>;
  readonly probe?: ServerProbe;
  readonly gocache?: string;
  readonly platform?: DoctorContext["job"]["platform"];
}

function contextOf(machine: Machine): DoctorContext {
  const { env = {}, cwd = work, flags = {}, goValues = {} } = machine;
  const base = machine.go ?? goodGo;
  const go = base.state === "found" ? { ...base, values: { ...base.values, ...goValues } } : base;
  return {
    env,
    cwd,
    signal: new AbortController().signal,
    clock: systemClock,
    job: { platform: machine.platform ?? "none", scope: "main", ancestors: [], provenance: {} },
    settings: readSettingsFacts({ env, cwd, flags, tables: [cacheSettings] }),
    go: () => Promise.resolve(go),
    server: () => Promise.resolve(machine.probe),
    gocache: () => Promise.resolve(machine.gocache ?? join(work, "gocache")),
  };
}

function checkOf(id: string): DoctorCheck {
  const check = doctorChecks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  return check;
}

const run = (id: string, machine: Machine = {}): Promise<CheckResult> => checkOf(id).run(contextOf(machine));
const git = (...args: string[]): void => {
  Bun.spawnSync(["git", "-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], { cwd: work });
};

test("the list is the folder, and ids are file names", () => {
  const files = readdirSync(join(import.meta.dir, "checks")).filter((file) => !file.endsWith(".test.ts"));
  expect(doctorChecks.map(({ id }) => id).toSorted()).toEqual(files.map((file) => basename(file, ".ts")).toSorted());
});

describe("go-version", () => {
  test.each([
    ["go1.24", "ok"],
    ["go1.26.8", "ok"],
    ["go1.27rc1", "ok"],
    ["go2.0", "ok"],
    ["devel go1.28-abcdef", "ok"],
    ["devel +0123456789", "ok"],
    ["go1.23.9", "problem"],
    ["go1.21.0", "problem"],
    ["go1.20.14", "problem"],
    ["go1.9", "problem"],
  ])("%s is %s", async (version, status) => {
    expect((await run("go-version", { goValues: { GOVERSION: version } })).status).toBe(status as "ok");
  });

  test("tells the experiment from nothing at all", async () => {
    expect(await run("go-version", { goValues: { GOVERSION: "go1.22.0" } })).toMatchObject({
      why: expect.stringContaining("experiment") as string,
    });
  });

  test("no go, and one that fails", async () => {
    expect(await run("go-version", { go: { state: "missing" } })).toMatchObject({ status: "problem" });
    const failing: GoFacts = { state: "failing", path: "/go", said: "go: bad GOFLAGS" };
    expect((await run("go-version", { go: failing })).found).toContain("bad GOFLAGS");
  });
});

describe("gocache", () => {
  test("a folder that is there, and one to be made", async () => {
    const gocache = join(work, "present");
    mkdirSync(gocache);
    expect(await run("gocache-folder", { gocache })).toEqual({ status: "ok", found: gocache });
    const made = await run("gocache-folder", { gocache: join(work, "to/be/made") });
    expect(made).toMatchObject({ status: "ok", found: expect.stringContaining(`to be made in ${work}`) as string });
    expect(readdirSync(gocache)).toEqual([]);
  });

  test("off, relative, and not to be written", async () => {
    expect(await run("gocache-folder", { gocache: "off" })).toMatchObject({ status: "problem", found: "GOCACHE=off" });
    expect(await run("gocache-folder", { gocache: "cache" })).toMatchObject({ status: "problem" });
    // Nobody, root included, can make a file in /proc.
    const found = await run("gocache-folder", { gocache: "/proc/gocache" });
    expect(found).toMatchObject({
      status: "problem",
      found: expect.stringMatching(/^\/proc cannot be written/) as string,
    });
    for (const id of ["gocache-space", "gocache-file-system", "cache-scope"]) {
      expect(await run(id, { gocache: "off" })).toMatchObject({ status: "skipped" });
    }
  });

  test.each([
    [100e9, 1e6, "ok"],
    [100e9, Infinity, "ok"],
    [1e9, 1e6, "warning"],
    [1e8, 1e6, "problem"],
    [100e9, 500, "problem"],
  ])("%d bytes and %d files free are %s", (bytes, files, status) => {
    expect(judgeSpace(bytes, files).status).toBe(status as "ok");
  });

  test("a folder of another scope is said, and not claimed", async () => {
    const gocache = join(work, "owned");
    mkdirSync(join(gocache, "ballast"), { recursive: true });
    expect(await run("cache-scope", { gocache })).toEqual({ status: "ok", found: "scope main" });
    writeFileSync(join(gocache, "ballast/scope"), "pr/7");
    expect(await run("cache-scope", { gocache })).toMatchObject({
      status: "warning",
      found: "it belongs to the scope pr/7, and this run's is main",
    });
    expect(await run("cache-scope", { gocache, env: { BALLAST_SCOPE: "pr/7" } })).toMatchObject({ status: "ok" });
    expect(readdirSync(join(gocache, "ballast"))).toEqual(["scope"]);
  });
});

describe("go-flags", () => {
  test.each([
    ["", "ok"],
    ["-trimpath -mod=vendor -race", "ok"],
    ["-count=1", "warning"],
    ["--count=1", "warning"],
    ["-a", "warning"],
    ["-a=false -v", "ok"],
    ["-mod=mod '-shuffle=on'", "warning"],
    ["-tags=a,count", "ok"],
  ])("%j is %s", async (flags, status) => {
    expect((await run("go-flags", { goValues: { GOFLAGS: flags } })).status).toBe(status as "ok");
  });

  test("keeps what a linker flag carries to itself", async () => {
    const { found } = await run("go-flags", { goValues: { GOFLAGS: "'-ldflags=-X main.key=s3cret' -v" } });
    expect(found).toBe("GOFLAGS=-ldflags=… -v");
  });
});

describe("gocacheprog", () => {
  const executable = join(work, "ballast-0.1.0");
  writeFileSync(executable, "", { mode: 0o755 });

  test("not set, and set to Ballast", async () => {
    expect(await run("gocacheprog")).toMatchObject({ status: "ok" });
    const value = `'${executable}' cacheprog --server http://c:1`;
    expect(await run("gocacheprog", { goValues: { GOCACHEPROG: value } })).toMatchObject({ status: "ok" });
  });

  test("another program's arguments are not shown", async () => {
    const value = "/bin/sh -auth-token s3cret";
    const found = await run("gocacheprog", { goValues: { GOCACHEPROG: value }, env: { GOCACHEPROG: value } });
    expect(found).toMatchObject({ status: "warning", found: "/bin/sh, set in the environment" });
    expect(JSON.stringify(found)).not.toContain("s3cret");
    const byFile = await run("gocacheprog", { goValues: { GOCACHEPROG: value } });
    expect(byFile).toMatchObject({ todo: expect.stringContaining("go env -u GOCACHEPROG") as string });
  });

  test.each(["/nowhere/ballast cacheprog", "no-such-program-anywhere", "'/bin/sh", join(work.replace(" ", "X"), "x")])(
    "%s cannot be started",
    async (value) => {
      const env = { PATH: "/bin" };
      expect(await run("gocacheprog", { env, goValues: { GOCACHEPROG: value } })).toMatchObject({ status: "problem" });
    },
  );
});

describe("settings", () => {
  test("all problems are told, of the file and of variables", async () => {
    const cwd = join(work, "with settings");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "ballast.yaml"), "cache:\n  mode: rw\n  sever: http://c:1\n");
    const found = await run("settings", { cwd, env: { BALLAST_SHARE: "everything", BALLAST_MOED: "x" } });
    expect(found).toMatchObject({ status: "problem", found: "4 things are wrong" });
    const details = "details" in found ? (found.details ?? []).join("\n") : "";
    for (const place of ["cache.mode", "cache.sever", "BALLAST_SHARE", "BALLAST_MOED"]) {
      expect(details).toContain(place);
    }
    writeFileSync(join(cwd, "ballast.yaml"), ": [");
    expect(await run("settings", { cwd })).toMatchObject({ status: "problem" });
    writeFileSync(join(cwd, "ballast.yaml"), "cache:\n  mode: read-only\n");
    expect(await run("settings", { cwd })).toEqual({ status: "ok", found: join(cwd, "ballast.yaml") });
  });

  test("a variable that nobody reads is a warning", async () => {
    expect(await run("settings", { env: { BALLAST_SEVER: "http://c:1" } })).toMatchObject({ status: "warning" });
  });
});

describe("server-token", () => {
  const file = (name: string, text: string, mode = 0o600): string => {
    const path = join(work, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const withFile = (path: string): Promise<CheckResult> => run("server-token", { env: { BALLAST_TOKEN_FILE: path } });

  test("none, a good one, and one in the environment", async () => {
    expect(await run("server-token")).toEqual({ status: "ok", found: "none is set" });
    expect(await withFile(file("good", "s3cret-token\n"))).toMatchObject({ status: "ok" });
    expect(await run("server-token", { env: { BALLAST_TOKEN: "s3cret-token" } })).toEqual({
      status: "ok",
      found: "from BALLAST_TOKEN",
    });
  });

  test("the server's own list is one too, and a server of ballast.yaml gets none", async () => {
    expect(await withFile(file("list", "write s3cret-token\n"))).toMatchObject({ status: "ok" });
    const cwd = join(work, "checkout-with-server");
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, "ballast.yaml"), "cache:\n  server: http://127.0.0.1:7420\n");
    const told = await run("server-token", { cwd, env: { BALLAST_TOKEN: "s3cret-token" } });
    expect(told).toMatchObject({ status: "problem", found: expect.stringContaining("BALLAST_TOKEN") as string });
    const named = { BALLAST_TOKEN: "s3cret-token", BALLAST_SERVER: "http://127.0.0.1:7421" };
    expect(await run("server-token", { cwd, env: named })).toMatchObject({ status: "ok" });
  });

  test("unreadable, empty, several words, open to all, and sent in the clear", async () => {
    expect(await withFile(join(work, "nowhere"))).toMatchObject({ status: "problem" });
    expect(await withFile(file("empty", "\n"))).toMatchObject({ status: "problem" });
    expect(await withFile(file("words", "s3cret token\n"))).toMatchObject({ status: "problem" });
    expect(await withFile(file("open", "s3cret-token", 0o644))).toMatchObject({ status: "warning" });
    const env = { BALLAST_TOKEN: "s3cret-token", BALLAST_SERVER: "http://cache.example:7420" };
    const clear = await run("server-token", { env });
    expect(JSON.stringify(clear)).not.toContain("s3cret");
    expect(clear).toMatchObject({ status: "warning", found: expect.stringContaining("http, not https") as string });
    const near = { ...env, BALLAST_SERVER: "http://127.0.0.1:7420" };
    expect(await run("server-token", { env: near })).toMatchObject({ status: "ok" });
  });
});

describe("the server", () => {
  const ids = ["server-reachable", "server-access", "server-speed", "server-clock"];

  async function statuses(machine: Machine): Promise<string[]> {
    return (await Promise.all(ids.map((id) => run(id, machine)))).map(({ status }) => status);
  }
  const saying = (outcome: HelloOutcome): Machine => ({
    probe: { ...goodProbe, hello: outcome, roundTripsMs: [], ahead: undefined },
  });

  test("all is well, or there is none", async () => {
    expect(await statuses({ probe: goodProbe })).toEqual(["ok", "ok", "ok", "ok"]);
    expect(await statuses({})).toEqual(["skipped", "skipped", "skipped", "skipped"]);
  });

  test.each<[HelloOutcome, string, string]>([
    [{ kind: "refused", status: 401, isBallast: true }, "ok", "problem"],
    [{ kind: "refused", status: 403, isBallast: false }, "problem", "problem"],
    [{ kind: "overloaded" }, "warning", "skipped"],
    [{ kind: "other-version", said: "2" }, "problem", "skipped"],
    [{ kind: "stranger", said: "404" }, "problem", "skipped"],
    [{ kind: "tls", said: "expired" }, "problem", "skipped"],
    [{ kind: "unreachable", said: "refused" }, "problem", "skipped"],
    [{ kind: "silent" }, "problem", "skipped"],
  ])("%j", async (outcome, reachable, access) => {
    expect(await statuses(saying(outcome))).toEqual([reachable, access, "skipped", "skipped"]);
  });

  test("a read token is a warning, unless reading is all that is wanted", async () => {
    const probe = { ...goodProbe, hello: { ...hello, mode: "read-only" } } as ServerProbe;
    expect(await run("server-access", { probe })).toMatchObject({ status: "warning" });
    expect(await run("server-access", { probe, flags: { mode: "read-only" } })).toMatchObject({ status: "ok" });
  });

  test("the median is what counts, and it is told", async () => {
    const slow = await run("server-speed", { probe: { ...goodProbe, roundTripsMs: [900, 60, 1, 70, 80] } });
    expect(slow).toMatchObject({ status: "warning", found: expect.stringContaining("70 ms a round trip") as string });
    const once = await run("server-speed", { probe: { ...goodProbe, roundTripsMs: [900, 1, 1] } });
    expect(once).toMatchObject({
      status: "ok",
      found: expect.stringContaining("1 ms a round trip (median of 3)") as string,
    });
  });

  test.each([
    [-900, 200, "ok"],
    [-6000, -4900, "ok"],
    [6000, 7000, "warning"],
    [-8000, -6000, "warning"],
    [400_000, 401_000, "problem"],
  ])("a clock from %d to %d ms ahead is %s", (minMs, maxMs, status) => {
    expect(judgeClock({ minMs, maxMs }).status).toBe(status as "ok");
  });
});

describe("checkout-path", () => {
  const varying = { GOMOD: "/builds/run-7401234567/go.mod" };

  test("the module's folder counts, else the working directory", async () => {
    expect(await run("checkout-path", { goValues: { GOMOD: "/src/app/go.mod" } })).toEqual({
      status: "ok",
      found: "/src/app",
    });
    expect(await run("checkout-path", { cwd: "/src", goValues: { GOMOD: "/dev/null" } })).toMatchObject({
      found: "/src",
    });
    expect(await run("checkout-path", { goValues: varying })).toMatchObject({
      status: "warning",
      found: "/builds/run-7401234567",
    });
  });

  test("with -trimpath only tests are concerned", async () => {
    const found = await run("checkout-path", { goValues: { ...varying, GOFLAGS: "-trimpath" } });
    expect(found).toMatchObject({ status: "warning", why: expect.stringContaining("tests that read files") as string });
  });
});

describe("file-times", () => {
  test("a fresh checkout in CI, one that stays, and none", async () => {
    expect(await run("file-times")).toMatchObject({ status: "skipped" });
    git("init", "--quiet", "times");
    const cwd = join(work, "times");
    expect(await run("file-times", { cwd })).toMatchObject({ status: "skipped" });
    writeFileSync(join(cwd, "a.go"), "package a\n");
    symlinkSync("a.go", join(cwd, "link"));
    git("-C", cwd, "add", "-A");
    git("-C", cwd, "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "a", "--date=@1700000000");
    expect(await run("file-times", { cwd, platform: "github" })).toMatchObject({ status: "ok" });
    Bun.spawnSync(["git", "-c", "user.name=T", "-c", "user.email=t@e", "commit", "--quiet", "--amend", "--no-edit"], {
      cwd,
      env: { ...process.env, GIT_COMMITTER_DATE: "1700000000 +0000" },
    });
    expect(await run("file-times", { cwd, platform: "github" })).toMatchObject({
      status: "warning",
      found: "1 of 1 files are newer than the last commit",
    });
    expect(await run("file-times", { cwd })).toMatchObject({ status: "ok" });
  });
});

describe("the examination", () => {
  const failing: DoctorCheck = {
    id: "failing",
    title: "something that cannot be looked at",
    run: () => Promise.reject(coreErrors.error("core/process-not-started", "git: not there")),
  };

  test("a check that fails is a problem, and the others still run", async () => {
    const started: string[] = [];
    const result = await examine([failing, checkOf("gocacheprog")], contextOf({}), (title) => void started.push(title));
    expect(result.counts).toEqual({ ok: 1, warning: 0, problem: 1, skipped: 0 });
    expect(started).toHaveLength(2);
    const text = examinationText(result, createStyle({ isTTY: false }, {}));
    expect(result.checks[0]?.found).toContain("git: not there");
    expect(text).toContain("status   check        found\n");
    expect(text).toContain("\nproblem: something that cannot be looked at\n  found: ");
    expect(text).toEndWith("\n1 ok, 0 warnings, 1 problem, 0 skipped\n");
  });

  test("a bug is not a finding", async () => {
    const broken: DoctorCheck = { ...failing, run: () => Promise.reject(new TypeError("bug")) };
    await expect(examine([broken], contextOf({}), () => undefined)).rejects.toThrow("bug");
  });
});
