import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CacheMode } from "../settings.ts";
import { commandFacts } from "./command-facts.ts";
import { govern, readBuildPolicy } from "./govern.ts";
import { packagePatternsMeet } from "./package-patterns.ts";

const folder = mkdtempSync(join(tmpdir(), "ballast-policy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "web"));
mkdirSync(join(folder, ".git"));
writeFileSync(join(folder, ".git", "HEAD"), "ref: refs/heads/feature/x\n");
writeFileSync(join(folder, "go.mod"), "module example.org/app\n\ngo 1.24\n");

const base = { PATH: "/nowhere", GOENV: "off" };

interface Given {
  readonly env?: Record<string, string>;
  readonly mode?: CacheMode;
}

function governed(set: object, line: string, { env = {}, mode }: Given = {}, rule: object = {}) {
  const { rules, problems } = readBuildPolicy([{ name: "r", set, ...rule }], []);
  expect(problems).toEqual([]);
  const command = { args: line.split(" "), cwd: folder, env: { ...base, ...env } };
  return govern({ rules, problems }, command, mode).governed;
}

const lineOf = (...words: Parameters<typeof governed>): string => governed(...words).args.join(" ");

describe("facts of a command", () => {
  const facts = (line: string, env: Record<string, string> = {}) =>
    commandFacts({ args: line.split(" "), cwd: folder, env: { ...base, ...env } });

  test("flags, wherever they stand", () => {
    expect(facts("test -race ./...")("race")).toBe(true);
    expect(facts("test ./... --race=false", { GOFLAGS: "-race" })("race")).toBe(false);
    expect(facts("build .", { GOFLAGS: "-race" })("race")).toBe(true);
    expect(
      ["-cover", "-coverprofile=c.out", "-coverpkg=./..."].map((flag) => facts(`test ${flag} .`)("cover")),
    ).toEqual([true, true, true]);
    expect(facts("test -coverprofile= .")("cover")).toBe(false);
    expect(facts("build -tags a,b .")("tags")).toEqual(["a", "b"]);
    expect(facts("build .")("nonsense")).toBeUndefined();
  });

  test("branch, change, tag and release, by platform or by the checkout", () => {
    const github = { GITHUB_ACTIONS: "true", GITHUB_REF_NAME: "main", GITHUB_REF: "refs/heads/main" };
    expect(facts("build .")("branch")).toBe("feature/x");
    expect(facts("build .", github)("branch")).toBe("main");
    const change = { ...github, GITHUB_REF: "refs/pull/7/merge" };
    expect([
      facts("test .", change)("change"),
      facts("test .", change)("scope"),
      facts("test .", change)("branch"),
    ]).toEqual([true, "pr/7", undefined]);
    const tag = { ...github, GITHUB_REF_TYPE: "tag", GITHUB_REF_NAME: "v1" };
    expect([
      facts("build .", tag)("release"),
      facts("test .", tag)("release"),
      facts("build .", github)("release"),
    ]).toEqual([true, false, false]);
    expect(facts("build .", { GITLAB_CI: "true", CI_COMMIT_TAG: "v2" })("tag")).toBe("v2");
    expect(facts("build .", github)("platform")).toBe("github");
  });

  test("cgo", () => {
    expect(facts("build .", { CGO_ENABLED: "1" })("cgo")).toBe(true);
    expect(facts("build .", { CGO_ENABLED: "0" })("cgo")).toBe(false);
    expect(facts("build .", { GOOS: "plan9" })("cgo")).toBe(false);
    expect(facts("build .")("cgo")).toBe(false);
  });

  test("packages, as paths of the module", () => {
    expect(facts("test ./web/...")("packages")).toEqual(["example.org/app/web/...", "./web/..."]);
    expect(facts("test -C web .")("packages")).toEqual(["example.org/app/web", "."]);
    expect(facts("test")("packages")).toEqual(["example.org/app", "."]);
  });
});

test("package patterns meet when they have a package in common", () => {
  const meeting = [
    ["./...", "./web"],
    ["./web/...", "./..."],
    ["./web/...", "./web"],
    ["a/.../c", "a/b/..."],
    ["x", "x"],
    ["...", "net/http"],
  ];
  const apart = [
    ["./web/...", "./db/..."],
    ["./web/...", "./website"],
    ["a/.../c", "b/..."],
    ["x", "xy"],
  ];
  expect(meeting.filter(([a, b]) => !packagePatternsMeet(a!, b!))).toEqual([]);
  expect(apart.filter(([a, b]) => packagePatternsMeet(a!, b!))).toEqual([]);
  const pattern = fc.string({ unit: fc.constantFrom("a", "/", "..."), maxLength: 6 });
  fc.assert(fc.property(pattern, pattern, (a, b) => packagePatternsMeet(a, b) === packagePatternsMeet(b, a)));
  fc.assert(fc.property(pattern, (a) => packagePatternsMeet(a, a) && packagePatternsMeet("...", a)));
});

describe("applying a policy", () => {
  test("flags are put in front of the command's own", () => {
    expect(lineOf({ trimpath: true, buildvcs: false }, "build -o x .")).toBe(
      "build -trimpath=true -buildvcs=false -o x .",
    );
    expect(lineOf({ count: 3 }, "test -C dir ./... -run X")).toBe("test -C dir -count=3 ./... -run X");
    expect(lineOf({ count: 3, trimpath: true }, "env GOROOT")).toBe("env GOROOT");
    expect(governed({ count: 3 }, "build .").applied[0]).toMatchObject({ outcome: "idle" });
  });

  test("what was asked for explicitly stays, unless the rule is enforced", () => {
    expect(lineOf({ trimpath: true }, "build -trimpath=false .")).toBe("build -trimpath=false .");
    expect(lineOf({ trimpath: true }, "build .", { env: { GOFLAGS: "-trimpath=false" } })).toBe("build .");
    expect(governed({ trimpath: true }, "build -trimpath=false .").applied[0]).toMatchObject({ outcome: "kept" });
    const enforced = { enforce: true };
    expect(lineOf({ trimpath: true }, "build -trimpath=false .", {}, enforced)).toBe("build -trimpath=true .");
    expect(lineOf({ count: 1 }, "test -count 9 ./a -test.count=4 -args -count=2", {}, enforced)).toBe(
      "test -count=1 ./a -args -count=2",
    );
    expect(lineOf({ trimpath: true }, "build .", { env: { GOFLAGS: "-trimpath=false" } }, enforced)).toBe(
      "build -trimpath=true .",
    );
    expect(governed({ cache: "off" }, "build .", { mode: "shared" }).mode).toBeUndefined();
    expect(governed({ cache: "off" }, "build .", { mode: "shared" }, enforced).mode).toBe("off");
    expect(governed({ cache: "off" }, "build .").mode).toBe("off");
  });

  test("GODEBUG is merged, never replaced", () => {
    const godebug = (own: string, rule: object = {}): string | undefined =>
      governed({ godebug: { asyncpreemptoff: 1 } }, "test .", { env: { GODEBUG: own } }, rule).env["GODEBUG"];
    expect(godebug("")).toBe("asyncpreemptoff=1");
    expect(godebug("gctrace=1,x=2")).toBe("gctrace=1,x=2,asyncpreemptoff=1");
    expect(godebug("asyncpreemptoff=0,x=2")).toBe("asyncpreemptoff=0,x=2");
    expect(godebug("asyncpreemptoff=0,x=2", { enforce: true })).toBe("x=2,asyncpreemptoff=1");
  });

  test("GOMAXPROCS implies -count=1 for tests, and says so", () => {
    const set = { gomaxprocs: 2 };
    const tested = governed(set, "test ./...");
    expect([tested.args.join(" "), tested.env["GOMAXPROCS"]]).toEqual(["test -count=1 ./...", "2"]);
    expect(tested.applied.at(-1)).toMatchObject({ key: "count", outcome: "set" });
    expect(tested.applied.at(-1)?.detail).toContain("not in Go's key");
    expect(lineOf(set, "build .")).toBe("build .");
    expect(lineOf(set, "test -count=5 .")).toBe("test -count=5 .");
    const kept = governed(set, "test .", { env: { GOMAXPROCS: "8" } });
    expect([kept.args.join(" "), kept.env["GOMAXPROCS"]]).toEqual(["test .", "8"]);
  });

  test("race-preemption sets asyncpreemptoff for race tests and programs, and for nothing else", () => {
    const policy = readBuildPolicy(undefined, ["race-preemption"]);
    const godebug = (line: string): string | undefined =>
      govern(policy, { args: line.split(" "), cwd: folder, env: base }, undefined).governed.env["GODEBUG"];
    expect(["test -race .", "run -race .", "build -race .", "test ."].map(godebug)).toEqual([
      "asyncpreemptoff=1",
      "asyncpreemptoff=1",
      undefined,
      undefined,
    ]);
    expect(readBuildPolicy(undefined, []).rules).toEqual([]);
  });

  test("a policy that is applied twice changes nothing more", () => {
    const line = fc.array(
      fc.constantFrom("-race", "-count", "2", "-trimpath", "./...", "-trimpath=false", "-count=7", "-args"),
      { maxLength: 6 },
    );
    const set = fc.record(
      { count: fc.integer({ min: 1, max: 3 }), trimpath: fc.boolean(), gomaxprocs: fc.integer({ min: 1, max: 3 }) },
      { requiredKeys: ["count"] },
    );
    fc.assert(
      fc.property(line, set, fc.boolean(), (words, sets, enforce) => {
        const { rules } = readBuildPolicy([{ name: "r", set: sets, enforce }], []);
        const once = govern(
          { rules, problems: [] },
          { args: ["test", ...words], cwd: folder, env: base },
          undefined,
        ).governed;
        const twice = govern(
          { rules, problems: [] },
          { args: once.args, cwd: folder, env: once.env },
          undefined,
        ).governed;
        expect(twice.args).toEqual(once.args);
        expect(twice.env).toEqual(once.env);
      }),
    );
  });
});
