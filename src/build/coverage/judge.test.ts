import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readProfileChunks } from "../../go/cover/read-profile.ts";
import { judgeCoverage } from "./judge.ts";
import { type Measured, withRecord } from "./measured.ts";
import type { CoverageRecord, FileFacts } from "./record.ts";
import { directionOf } from "./verdict.ts";

const baseRecord: CoverageRecord = {
  version: 1,
  profileHash: "",
  timeMs: 0,
  toolchain: "go1.26.8 linux/amd64",
  patterns: ["./..."],
  coverpkg: "",
  testFlags: [],
  exitCode: 0,
  files: {},
};

function measured(lines: readonly string[], record?: Partial<CoverageRecord>): Measured {
  const text = `mode: set\n${lines.map((line) => `m/${line}\n`).join("")}`;
  const read = readProfileChunks([Buffer.from(text)], "p");
  if (record !== undefined) return withRecord({ name: "p", ...read }, { ...baseRecord, ...record });
  return { name: "p", ...read, files: {}, hasPackage: () => undefined };
}

const ok = (path: string): { path: string; outcome: "ok"; isCached: boolean } => ({
  path,
  outcome: "ok",
  isCached: false,
});
const codes = (old: Measured, later: Measured): string[] =>
  judgeCoverage(old, later).judgement.causes.map(({ code }) => code);
const facts = (isGenerated: boolean, blocks?: FileFacts["blocks"]): FileFacts => ({
  hash: "x",
  isGenerated,
  functions: [],
  ...(blocks && { blocks }),
});

/** Blocks of ten statements each in three files of two packages. */
const someLines = fc
  .array(fc.tuple(fc.constantFrom("a/a.go", "a/b.go", "b/b.go"), fc.integer({ min: 1, max: 9 }), fc.boolean()), {
    minLength: 1,
    maxLength: 12,
  })
  .map((blocks) => blocks.map(([file, line, ran]) => `${file}:${line}.2,${line}.20 10 ${ran ? 1 : 0}`));

describe("laws", () => {
  test("a measurement did not change against itself, whatever is known of it", () => {
    fc.assert(
      fc.property(someLines, fc.boolean(), (lines, isBare) => {
        const one = measured(lines, isBare ? undefined : {});
        const { judgement } = judgeCoverage(one, one);
        expect(judgement).toMatchObject({ verdict: "true", isTrueFall: false, causes: [] });
      }),
    );
  });

  test("what truly fell one way truly rose the other way", () => {
    fc.assert(
      fc.property(someLines, someLines, (a, b) => {
        const [old, later] = [measured(a, {}), measured(b, {})];
        const there = judgeCoverage(old, later).judgement;
        const back = judgeCoverage(later, old).judgement;
        expect(there.verdict).toBe(back.verdict);
        expect(there.isTrueFall && back.isTrueFall).toBe(false);
        expect(there.reported).toEqual({ old: back.reported.new, new: back.reported.old });
      }),
    );
  });

  test("no two bare profiles are a true fall", () => {
    fc.assert(
      fc.property(someLines, someLines, (a, b) => {
        const { judgement } = judgeCoverage(measured(a), measured(b));
        expect(judgement.isTrueFall).toBe(false);
        if (judgement.verdict === "true") expect(directionOf(judgement.reported)).toBe(0);
      }),
    );
  });
});

describe("a fall that hides behind a false rise", () => {
  test("is found: a bad package failed, and another one covers less", () => {
    const old = measured(["a/a.go:1.1,2.1 4 1", "b/b.go:1.1,2.1 9 0"], { results: [ok("m/a"), ok("m/b")] });
    const failed = [ok("m/a"), { path: "m/b", outcome: "failed" as const, isCached: false }];
    const later = measured(["a/a.go:1.1,2.1 2 1", "a/a.go:3.1,4.1 2 0"], { results: failed, exitCode: 1 });
    const { judgement } = judgeCoverage(old, later);
    expect(judgement).toMatchObject({ verdict: "false", isTrueFall: true });
    expect(judgement.corrected).toEqual({ old: { covered: 4, statements: 4 }, new: { covered: 2, statements: 4 } });
  });
});

describe("causes", () => {
  const whole = ["a/a.go:1.1,2.1 4 1", "b/b.go:1.1,2.1 4 0"];

  test("a package that is gone from a whole run was removed; from a partial one it was not run", () => {
    const old = measured(whole, { results: [ok("m/a"), ok("m/b")] });
    expect(codes(old, measured(whole.slice(0, 1), { results: [ok("m/a")] }))).toEqual([]);
    const partial = measured(whole.slice(0, 1), { results: [ok("m/a")], patterns: ["./a"] });
    expect(codes(old, partial)).toEqual(["packages-not-run"]);
    expect(judgeCoverage(old, partial).judgement.verdict).toBe("false");
  });

  test("with -coverpkg a failed package takes its tests' share of all others: nothing can be corrected", () => {
    const results = [ok("m/a"), { path: "m/b", outcome: "failed" as const, isCached: false }];
    const old = measured(whole, { coverpkg: "./..." });
    const later = measured(["a/a.go:1.1,2.1 4 0", "b/b.go:1.1,2.1 4 0"], { coverpkg: "./...", results, exitCode: 1 });
    const { judgement } = judgeCoverage(old, later);
    expect(judgement).toMatchObject({ verdict: "false", isTrueFall: false });
    expect(judgement.corrected).toBeUndefined();
  });

  test("tests that failed on a terminal are known by go's status alone", () => {
    expect(codes(measured(whole, {}), measured(whole.slice(1), { exitCode: 1 }))).toContain("packages-failed");
  });

  test("another toolchain leaves a change undetermined", () => {
    const later = measured(["a/a.go:1.1,2.1 4 0", "b/b.go:1.1,2.1 4 0"], { toolchain: "go1.27.4 linux/amd64" });
    expect(judgeCoverage(measured(whole, {}), later).judgement).toMatchObject({
      verdict: "undetermined",
      isTrueFall: false,
    });
  });

  test("generated files that stayed as they were are no cause", () => {
    const files = { "m/b/b.go": facts(true) };
    expect(codes(measured(whole, { files }), measured(["a/a.go:1.1,2.1 4 0", whole[1]!], { files }))).toEqual([]);
    expect(codes(measured(whole, { files }), measured([whole[0]!, "b/b.go:1.1,2.1 9 0"], { files }))).toEqual([
      "generated-files",
    ]);
  });

  test("blocks that the source does not have go, those of the source stay", () => {
    const files = { "m/b/b.go": facts(false, [[1, 1, 3, 1, 4]]) };
    const later = measured([...whole, "b/b.go:1.1,3.1 4 1"], { files });
    const { judgement } = judgeCoverage(measured(whole, {}), later);
    expect(judgement.causes.map(({ code }) => code)).toEqual(["sources-moved"]);
    expect(judgement.corrected?.new).toEqual({ covered: 8, statements: 8 });
  });

  test("of two toolchains' blocks, a statement ran if either says so, and counts once", () => {
    const old = ["a/a.go:5.22,6.11 1 0", "a/a.go:6.11,8.3 2 1", "a/a.go:9.2,9.12 1 1"];
    const newer = ["a/a.go:6.2,6.11 1 1", "a/a.go:7.3,7.9 1 0", "a/a.go:7.10,8.1 1 0", "a/a.go:9.2,9.12 1 1"];
    const { judgement } = judgeCoverage(measured(old, {}), measured([...old, ...newer], {}));
    expect(judgement.causes.map(({ code }) => code)).toEqual(["toolchains-merged"]);
    expect(judgement.corrected?.new).toEqual({ covered: 4, statements: 4 });
  });
});
