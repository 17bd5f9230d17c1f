import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDiff } from "./changed-lines.ts";
import { readCoverCommand } from "./cover-command.ts";
import { createFunctionReader } from "./go-functions.ts";
import { keepsOutdatedProfiles } from "./make-record.ts";
import { openModuleFiles } from "./module-files.ts";
import { type CoverageRecord, readCoverageRecord, recordPath, writeCoverageRecord } from "./record.ts";
import { watchTestOutput } from "./test-output.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-coverage-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("go's output", () => {
  // Written down from Go 1.26.8, plain and with -json.
  const plain = [
    "--- FAIL: TestBad (0.00s)",
    "FAIL",
    "coverage: 0.0% of statements",
    "FAIL\texample.org/cov/a\t0.006s",
    "ok  \texample.org/cov/b\t(cached)\tcoverage: 50.0% of statements",
    "\texample.org/cov/c\t\tcoverage: 0.0% of statements",
    "FAIL\texample.org/cov/d [build failed]",
    "?   \texample.org/cov/e\t[no test files]",
    "FAIL",
    "",
  ];
  const expected = [
    { path: "example.org/cov/a", outcome: "failed", isCached: false },
    { path: "example.org/cov/b", outcome: "ok", isCached: true },
    { path: "example.org/cov/c", outcome: "no-tests", isCached: false },
    { path: "example.org/cov/d", outcome: "not-built", isCached: false },
    { path: "example.org/cov/e", outcome: "no-tests", isCached: false },
  ] as const;

  test("is understood in whatever pieces it comes, and as events", () => {
    const events = plain.map((line) =>
      JSON.stringify({ Time: "t", Action: "output", Package: "p", Output: `${line}\n` }),
    );
    for (const text of [plain.join("\n"), events.join("\n")]) {
      const bytes = new TextEncoder().encode(text);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: bytes.length }), (size) => {
          const output = watchTestOutput();
          for (let at = 0; at < bytes.length; at += size) output.take(bytes.subarray(at, at + size));
          expect(output.results()).toEqual([...expected]);
        }),
        { numRuns: 20 },
      );
    }
  });

  test("other lines say nothing", () => {
    const output = watchTestOutput();
    output.take(Buffer.from('ok then\n{"Action":"output"\n\tindented\t\ttext\n{"Action":"output","Output":3}\nFAIL\n'));
    expect(output.results()).toEqual([]);
  });
});

describe("which profile a command writes", () => {
  const read = (...args: string[]): ReturnType<typeof readCoverCommand> =>
    readCoverCommand({ args, cwd: "/w", env: { GOENV: "off", GOFLAGS: "" } });

  test("where go puts it", () => {
    expect(read("test", "-coverprofile=c.out", "./...")?.profilePath).toBe("/w/c.out");
    expect(read("test", "-coverprofile", "/x/c.out")?.profilePath).toBe("/x/c.out");
    expect(read("-C", "sub", "test", "-coverprofile=c.out")?.profilePath).toBe("/w/sub/c.out");
    expect(read("test", "-outputdir=o", "-coverprofile=c.out")?.profilePath).toBe("/w/o/c.out");
    expect(read("test", "-test.coverprofile=c.out")?.profilePath).toBe("/w/c.out");
  });

  test("and of what", () => {
    expect(read("test", "-cover", "-run=X", "-short", "-count=1", "./a")).toEqual({
      cwd: "/w",
      profilePath: undefined,
      patterns: ["./a"],
      coverpkg: "",
      testFlags: ["-run=X", "-short"],
    });
    const withGoflags = { args: ["test"], cwd: "/w", env: { GOENV: "off", GOFLAGS: "-coverpkg=./... -tags=x" } };
    expect(readCoverCommand(withGoflags)).toMatchObject({ coverpkg: "./...", testFlags: ["-tags=x"] });
  });

  test("none at all", () => {
    expect(read("build", "-cover", ".")).toBeUndefined();
    expect(read("test", "./...")).toBeUndefined();
    expect(read("test", "-cover=false")).toBeUndefined();
    expect(read("test", "-c", "-cover")).toBeUndefined();
  });
});

describe("records", () => {
  const record: CoverageRecord = {
    version: 1,
    profileHash: "h",
    timeMs: 1,
    toolchain: "go1.26.8 linux/amd64",
    patterns: [],
    coverpkg: "",
    testFlags: [],
    exitCode: 0,
    results: [{ path: "m", outcome: "ok", isCached: true }],
    files: { "m/a.go": { hash: "x", isGenerated: false, functions: [], blocks: [[1, 2, 3, 4, 5]] } },
  };

  test("come back as they were written; what is no record is none", () => {
    const profile = join(folder, "c.out");
    writeCoverageRecord(profile, record);
    expect(readCoverageRecord(profile)).toEqual(record);
    const text = JSON.stringify(record);
    const bent = [
      text.slice(1),
      "null",
      "[]",
      text.replace('"ok"', '"fine"'),
      text.replace("[1,2,3,4,5]", "[1,2,3,4]"),
    ];
    for (const one of [...bent, text.replace('"version":1', '"version":2'), text.replace('"files"', '"flies"')]) {
      writeFileSync(recordPath(profile), one);
      expect(readCoverageRecord(profile)).toBeUndefined();
    }
  });
});

describe("where files lie", () => {
  test("in the module of go.mod and those of go.work, the deepest first, and never outside", () => {
    const write = (path: string, text: string): void => {
      mkdirSync(join(folder, "w", path, ".."), { recursive: true });
      writeFileSync(join(folder, "w", path), text);
    };
    write("go.work", "go 1.24\n\nuse (\n\t./one // first\n\t./one/deep\n)\nuse ./gone\n");
    write("one/go.mod", 'module "example.org/one"\n');
    write("one/a/a.go", "package a\n");
    write("one/deep/go.mod", "module example.org/one/deep\n");
    write("one/deep/d.go", "package deep\n");
    write("secret.go", "package secret\n");
    const files = openModuleFiles(join(folder, "w", "one"));
    expect(files.find("example.org/one/a/a.go")).toBe(join(folder, "w", "one", "a", "a.go"));
    expect(files.find("example.org/one/deep/d.go")).toBe(join(folder, "w", "one", "deep", "d.go"));
    for (const absent of [
      "example.org/one/b.go",
      "example.org/other/a.go",
      "example.org/one/../secret.go",
      "fmt/print.go",
    ]) {
      expect(files.find(absent)).toBeUndefined();
    }
    expect(files.findPackage("example.org/one/a")).toBe(join(folder, "w", "one", "a"));
    expect(files.show("example.org/one/a/a.go")).toBe("a/a.go");
    expect(files.show("fmt/print.go")).toBe("fmt/print.go");
  });
});

describe("functions", () => {
  test("have the names that Go gives them, in broken files too", () => {
    const read = createFunctionReader();
    const text =
      '// Code generated by x. DO NOT EDIT.\n\npackage p\n\nfunc F() { func() {}() }\n\nfunc (t *T[K]) M() {\n\t_ = "ä"; }\n\nfunc (T) N() int\n\nfunc (T) O() { if\n';
    expect(read("p.go", text)).toMatchObject({
      isGenerated: true,
      functions: [
        { name: "F", startLine: 5, startColumn: 10, endLine: 5, endColumn: 25 },
        { name: "*T.M", startLine: 7, startColumn: 20, endLine: 8, endColumn: 13 },
      ],
    });
    expect(read("q.go", "package p\n")).toEqual({ isGenerated: false, functions: [] });
  });
});

test("a diff's added lines, although a removed line may look like a header", () => {
  const diff = [
    "diff --git a/x.go b/x.go",
    "--- a/x.go",
    "+++ b/x.go",
    "@@ -1,2 +1,3 @@",
    "--- b/evil.go",
    "-gone",
    "+++ b/evil.go",
    "+two",
    "+three",
    "@@ -9 +10 @@ func f() {",
    "-old",
    "+new",
    "\\ No newline at end of file",
    "diff --git a/gone.go b/gone.go",
    "--- a/gone.go",
    "+++ /dev/null",
    "@@ -1,2 +0,0 @@",
    "-a",
    "-b",
  ].join("\n");
  const found = [...readDiff(diff, "/r")].map(([path, lines]) => [path, [...lines]]);
  expect(found).toEqual([["/r/x.go", [1, 2, 3, 10]]]);
});

test("which Go keeps outdated profiles", () => {
  const which = [
    "go1.24.13 l/a",
    "go1.25 l/a",
    "go1.25rc1 l/a",
    "go1.25.0 l/a",
    "go1.25.9 l/a",
    "go1.25.14 l/a",
    "go1.26.8 l/a",
  ];
  expect(which.map(keepsOutdatedProfiles)).toEqual([false, true, true, true, true, false, false]);
});
