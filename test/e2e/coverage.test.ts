/** Each false change of coverage, made by a real Go, gets its name; a true one is told from it. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testWith } from "../with-component.ts";
import { type Cause, type CoveredModule, coveredFiles, createCoveredModule, testOf } from "./coverage-module.ts";
import { createGoFixture, type GoFixture } from "./go-fixture.ts";
import { mountNoexec, mountReadOnly, whyNoMounts } from "./mounted-folder.ts";

let fixture: GoFixture;
let gocache: string;
let made = 0;

beforeAll(async () => {
  fixture = await createGoFixture();
  gocache = fixture.newCache("cache");
});
afterAll(() => fixture[Symbol.dispose]());

function newModule(env: Readonly<Record<string, string>> = {}, files = coveredFiles): CoveredModule {
  return createCoveredModule(fixture, `covered-${++made}`, { GOCACHE: gocache, ...env }, files);
}

async function measured(module: CoveredModule, profile: string, ...args: string[]): Promise<string> {
  const result = await module.measure(profile, ...args);
  expect(result).toMatchObject({ exitCode: 0 });
  return result.stderr.split("\n").find((line) => line.startsWith("ballast: coverage")) ?? "";
}

const read = (module: CoveredModule, name: string): string => readFileSync(join(module.folder, name), "utf8");
const body = (text: string): string => text.slice(text.indexOf("\n") + 1);
const codes = ({ causes }: { readonly causes: readonly { readonly code: string }[] }): string[] =>
  causes.map(({ code }) => code);

describe("a true change", () => {
  test("a test less is a true fall, which fails a job; a test more is a true rise, which does not", async () => {
    const module = newModule();
    expect(await measured(module, "c.out", "./...")).toEndWith("coverage 40.0%: nothing to compare with yet");
    writeFileSync(join(module.folder, "full.out"), read(module, "c.out"));
    writeFileSync(join(module.folder, "full.out.ballast.json"), read(module, "c.out.ballast.json"));
    module.write({ "b/b_test.go": testOf("b", "1 > 2") });
    expect(await measured(module, "c.out", "./...")).toEndWith("coverage 40.0% → 30.0%: true change");
    const fall = await module.compare("full.out", "c.out");
    expect(fall).toMatchObject({ exitCode: 1, verdict: "true", isTrueFall: true, causes: [] });
    expect(fall.changes.functions).toEqual([
      {
        package: "example.org/cov/b",
        function: "Two",
        file: "example.org/cov/b/b.go",
        old: { covered: 1, statements: 1 },
        new: { covered: 0, statements: 1 },
      },
    ]);
    expect(await module.compare("c.out", "full.out")).toMatchObject({
      exitCode: 0,
      verdict: "true",
      isTrueFall: false,
    });
    expect(await module.compare("c.out", "c.out")).toMatchObject({ exitCode: 0, verdict: "true", causes: [] });
  });

  test("a package that was removed, with its code, is one too", async () => {
    const module = newModule();
    await measured(module, "old.out", "./...");
    module.remove("b");
    await measured(module, "new.out", "./...");
    expect(await module.compare("old.out", "new.out")).toMatchObject({ exitCode: 1, verdict: "true", causes: [] });
  });

  test("between bare profiles it cannot be told", async () => {
    const module = newModule();
    expect(await module.go("test", "-coverprofile=old.out", "./...")).toMatchObject({ exitCode: 0 });
    module.write({ "b/b_test.go": testOf("b", "1 > 2") });
    expect(await module.go("test", "-coverprofile=new.out", "./...")).toMatchObject({ exitCode: 0 });
    const compared = await module.compare("old.out", "new.out");
    expect(compared).toMatchObject({ exitCode: 0, verdict: "undetermined", isTrueFall: false });
    expect(codes(compared)).toEqual(["bare-profile"]);
  });

  test("goes into the ledger, and the output is go's own", async () => {
    const ledger = { BALLAST_LEDGER_FILE: join(fixture.folder, "coverage.sqlite"), XDG_DATA_HOME: fixture.folder };
    const module = newModule(ledger);
    const plain = await module.go("test", "-count=1", "-coverprofile=p.out", "./c");
    expect((await module.measure("c.out", "-count=1", "./c")).stdout).toBe(plain.stdout);
    await measured(module, "c.out", "./...");
    const events = (await module.ballast("ledger", "export")).stdout.trim().split("\n");
    expect((JSON.parse(events.at(-1) ?? "") as { readonly attributes: object }).attributes).toMatchObject({
      "ballast.coverage.verdict": "false",
      "ballast.coverage.before_percent": 0,
      "ballast.coverage.percent": 40,
      "ballast.coverage.causes": ["packages-not-run"],
    });
  });
});

describe("a false change", () => {
  test("repeated blocks, of which a tool takes the last", async () => {
    const module = newModule();
    // Go writes down each package's part when its tests end.
    for (const [slow, name] of [
      ["b", "ab.out"],
      ["a", "ba.out"],
    ] as const) {
      const waits = `package ${slow}\n\nimport (\n\t"testing"\n\t"time"\n)\n\nfunc TestSlow(*testing.T) { time.Sleep(500 * time.Millisecond) }\n`;
      module.write({ [`${slow}/slow_test.go`]: waits });
      const ran = await module.go("test", "-p=2", "-coverpkg=./...", `-coverprofile=${name}`, "./a", "./b");
      expect(ran).toMatchObject({ exitCode: 0 });
      module.remove(`${slow}/slow_test.go`);
    }
    const same = { covered: 4, statements: 7 };
    const compared = await module.compare("ab.out", "ba.out");
    expect(compared).toMatchObject({ exitCode: 0, verdict: "true", reported: { old: same, new: same } });
    expect(codes(compared)).toEqual(["repeated-blocks"]);
    // What a parser shows that keeps the last line for each block.
    const last = (name: string): number => {
      const blocks = new Map(
        body(read(module, name))
          .trim()
          .split("\n")
          .map((line) => [line.split(" ")[0], line]),
      );
      const ran = [...blocks.values()].map((line) => line.split(" ").slice(1).map(Number));
      return (100 * ran.reduce((sum, [of = 0, count = 0]) => sum + (count > 0 ? of : 0), 0)) / 7;
    };
    expect([Math.round(last("ab.out")), Math.round(last("ba.out"))]).toEqual([14, 43]);
    const seen = await module.compare(
      "ab.out",
      "ba.out",
      `--seen=${last("ab.out").toFixed(1)},${last("ba.out").toFixed(1)}`,
    );
    expect(seen).toMatchObject({ exitCode: 0, verdict: "false", corrected: { old: same, new: same } });
    expect(codes(seen)).toContain("repeated-blocks");
    expect(await module.ballast("coverage", "compare", "ab.out", "ba.out", "--seen=much")).toMatchObject({
      exitCode: 2,
    });
  });

  test("mixed modes are refused, with and without a header that would give them away", async () => {
    const module = newModule();
    module.write({
      "a/a_test.go":
        'package a\n\nimport "testing"\n\nfunc TestIt(t *testing.T) {\n\tfor range 3 {\n\t\tSign(3)\n\t}\n}\n',
    });
    await module.go("test", "-coverprofile=set.out", "./...");
    await module.go("test", "-covermode=count", "-coverprofile=count.out", "./...");
    const [set, count] = [read(module, "set.out"), read(module, "count.out")];
    module.write({ "both.out": set + count, "hidden.out": set + body(count) });
    expect((await module.go("tool", "cover", "-func=both.out")).exitCode).not.toBe(0);
    for (const names of [["set.out", "count.out"], ["both.out"], ["hidden.out"]]) {
      const merged = await module.ballast("coverage", "merge", ...names);
      expect(merged).toMatchObject({ exitCode: 2, stdout: "" });
      expect(merged.stderr).toContain("go/cover-modes-mixed");
    }
  });

  testWith(
    "go1.27",
    "profiles of two toolchains merged",
    async () => {
      const module = newModule();
      await measured(module, "old.out", "./...");
      const later = {
        GOTOOLCHAIN: "go1.27.4",
        GOCACHE: await fixture.newCacheOf("cache-1.27", { GOTOOLCHAIN: "go1.27.4" }),
      };
      const other = createCoveredModule(fixture, `covered-${made}`, later);
      await measured(other, "later.out", "./...");
      module.write({ "both.out": read(module, "old.out") + body(read(module, "later.out")) });
      const compared = await module.compare("old.out", "both.out");
      expect(compared).toMatchObject({ exitCode: 0, verdict: "false" });
      expect(codes(compared)).toContain("toolchains-merged");
      expect(compared.reported.new.statements).toBeGreaterThan(10);
      expect(compared.corrected?.new).toEqual({ covered: 4, statements: 10 });
      const merged = await module.ballast("coverage", "merge", "old.out", "later.out");
      expect(merged).toMatchObject({ exitCode: 2, stdout: "" });
      expect(merged.stderr).toContain("go/cover-blocks-contradict");
      // The same code and tests by the two toolchains, each for itself: the same share.
      expect(await module.compare("old.out", "later.out")).toMatchObject({ exitCode: 0, verdict: "true", causes: [] });
    },
    240_000,
  );

  test("-coverpkg sets that differ", async () => {
    const module = newModule();
    await measured(module, "some.out", "-coverpkg=./a,./b", "./...");
    await measured(module, "all.out", "-coverpkg=./...", "./...");
    const compared = await module.compare("some.out", "all.out");
    expect(compared).toMatchObject({ exitCode: 0, verdict: "false", isTrueFall: false });
    expect(codes(compared)).toContain("coverpkg-differs");
    expect(compared.corrected).toEqual({ old: { covered: 4, statements: 7 }, new: { covered: 4, statements: 7 } });
    await measured(module, "none.out", "./...");
    const other = await module.compare("some.out", "none.out");
    expect(other).toMatchObject({ exitCode: 0, verdict: "false", isTrueFall: false });
    expect(other.corrected).toBeUndefined();
  });

  testWith(
    "go1.25.0",
    "a cached profile whose sources moved",
    async () => {
      const outdated = {
        GOTOOLCHAIN: "go1.25.0",
        GOCACHE: await fixture.newCacheOf("cache-1.25.0", { GOTOOLCHAIN: "go1.25.0" }),
      };
      const module = newModule(outdated);
      await measured(module, "c.out", "-coverpkg=./...", "./...");
      const moved =
        "package b\n\n// One is one.\nfunc One() int {\n\treturn 1\n}\n\nfunc Two() int {\n\tx := 2\n\treturn x\n}\n";
      module.write({ "b/b.go": moved });
      const line = await measured(module, "c.out", "-coverpkg=./...", "./...");
      expect(line).toContain("false change");
      expect(line).toContain("Go's cache");
      expect(await module.go("test", "-count=1", "-coverpkg=./...", "-coverprofile=true.out", "./...")).toMatchObject({
        exitCode: 0,
      });
      const compared = await module.compare("true.out", "c.out");
      expect(compared).toMatchObject({ exitCode: 0, verdict: "false" });
      expect(codes(compared)).toContain("sources-moved");
      expect(compared.corrected?.new).toEqual(compared.reported.old);
    },
    240_000,
  );

  test("a package that failed, did not compile, or was not run", async () => {
    const module = newModule();
    await measured(module, "old.out", "./...");
    const broken = { panic: testOf("c", "panicking()"), compile: testOf("c", "undefined") };
    for (const [name, text] of Object.entries(broken)) {
      const helper = name === "panic" ? '\n\nfunc panicking() bool { panic("no") }\n' : "";
      module.write({ "c/c_test.go": text + helper });
      expect(await module.measure("new.out", "./...")).toMatchObject({ exitCode: 1 });
      const compared = await module.compare("old.out", "new.out");
      expect(compared).toMatchObject({ exitCode: 0, verdict: "false" });
      expect(compared.causes).toEqual([
        expect.objectContaining({ code: "packages-failed", places: ["example.org/cov/c"] }) as Cause,
      ]);
      expect(compared.corrected).toEqual({ old: { covered: 4, statements: 7 }, new: { covered: 4, statements: 7 } });
    }
    module.remove("c/c_test.go");
    await measured(module, "new.out", "./a", "./b");
    const compared = await module.compare("old.out", "new.out");
    expect(compared).toMatchObject({ exitCode: 0, verdict: "false", reported: { new: { covered: 4, statements: 7 } } });
    expect(codes(compared)).toEqual(["packages-not-run"]);
  });

  test("other tests were chosen", async () => {
    const module = newModule();
    await measured(module, "old.out", "./...");
    await measured(module, "new.out", "-run=None", "./...");
    const compared = await module.compare("old.out", "new.out");
    expect(compared).toMatchObject({ exitCode: 0, verdict: "false", isTrueFall: false });
    expect(codes(compared)).toEqual(["tests-differ"]);
  });

  test("generated files", async () => {
    const module = newModule();
    await measured(module, "old.out", "./...");
    const generated =
      "// Code generated by hand. DO NOT EDIT.\n\npackage b\n\nfunc Three() int {\n\tx := 1\n\tx++\n\tx++\n\treturn x\n}\n";
    module.write({ "b/three.go": generated });
    await measured(module, "new.out", "./...");
    const compared = await module.compare("old.out", "new.out");
    expect(compared).toMatchObject({ exitCode: 0, verdict: "false", isTrueFall: false });
    expect(compared.causes).toEqual([
      expect.objectContaining({ code: "generated-files", places: ["example.org/cov/b/three.go"] }) as Cause,
    ]);
    expect(compared.reported.new).toEqual({ covered: 4, statements: 14 });
    expect(compared.corrected?.new).toEqual({ covered: 4, statements: 10 });
  });

  test("GOCOVERDIR data of an older binary", async () => {
    const program = {
      "go.mod": "module example.org/bin\n\ngo 1.24\n",
      "main.go": 'package main\n\nimport "example.org/bin/lib"\n\nfunc main() {\n\tprintln(lib.F(1))\n}\n',
      "lib/lib.go": "package lib\n\nfunc F(n int) int {\n\tif n > 1 {\n\t\treturn 1\n\t}\n\treturn 2\n}\n",
    };
    const module = newModule({ GOCOVERDIR: "data" }, program);
    mkdirSync(join(module.folder, "data"));
    const cover = async (data: string): Promise<void> => {
      mkdirSync(join(module.folder, data), { recursive: true });
      expect(await module.go("build", "-cover", "-o", "program", ".")).toMatchObject({ exitCode: 0 });
      const run = await fixture.run([join(module.folder, "program")], { GOCOVERDIR: data }, module.folder);
      expect(run).toMatchObject({ exitCode: 0 });
    };
    await cover("data");
    module.write({
      "lib/lib.go":
        "package lib\n\nfunc F(n int) int {\n\tx := n\n\tx++\n\tif n > 1 {\n\t\treturn x\n\t}\n\treturn 2\n}\n",
    });
    const old = await module.compare("data", "data");
    expect(old.causes).toContainEqual(
      expect.objectContaining({ code: "older-binary", places: ["example.org/bin/lib/lib.go"] }) as Cause,
    );
    expect(old.corrected).toBeUndefined();
    await cover("new");
    await cover("data");
    const compared = await module.compare("new", "data");
    expect(compared).toMatchObject({ exitCode: 0, verdict: "false" });
    expect(compared.causes).toContainEqual(
      expect.objectContaining({ code: "older-binary", places: ["example.org/bin/lib"] }) as Cause,
    );
    expect(compared.reported.new).not.toEqual(compared.reported.old);
    expect(compared.corrected?.new).toEqual(compared.reported.old);
  });

  const noMounts = whyNoMounts();
  const mountTest = noMounts === undefined ? test : test.skip;
  const why = noMounts === undefined ? "" : ` [skipped: ${noMounts}]`;

  mountTest(`a GOTMPDIR that nothing can be run from, or written to${why}`, async () => {
    await using noexec = await mountNoexec(join(fixture.folder, "noexec"));
    const readOnly = join(fixture.folder, "read-only");
    mkdirSync(readOnly);
    await using sealed = await mountReadOnly(readOnly);
    for (const folder of [noexec.path, sealed.path]) {
      const module = newModule({ GOTMPDIR: folder });
      const plain = createCoveredModule(fixture, `covered-${made}`, { GOCACHE: gocache });
      await measured(plain, "c.out", "./...");
      writeFileSync(join(module.folder, "old.out"), read(module, "c.out"));
      writeFileSync(join(module.folder, "old.out.ballast.json"), read(module, "c.out.ballast.json"));
      const failed = await module.measure("c.out", "-count=1", "./...");
      expect(failed.exitCode).toBe(1);
      expect(failed.stderr).toContain("GOTMPDIR");
      const compared = await module.compare("old.out", "c.out");
      expect(compared).toMatchObject({ exitCode: 0, verdict: "false", isTrueFall: false });
      expect(codes(compared)).toContain("temp-folder");
    }
  });

  mountTest(`an emptied or read-only GOCACHE is none: the share stays what it was${why}`, async () => {
    const module = newModule();
    await measured(module, "old.out", "-coverpkg=./...", "./...");
    const emptied = fixture.newCache("emptied");
    const cold = createCoveredModule(fixture, `covered-${made}`, { GOCACHE: emptied });
    // Of younger files Go keeps nothing, and then fails where it cannot write, which is no false share either.
    cold.age();
    expect(await cold.go("test", "-count=1", "-coverpkg=./...", "-coverprofile=cold.out", "./...")).toMatchObject({
      exitCode: 0,
    });
    await using sealed = await mountReadOnly(emptied);
    expect(sealed.path).toBe(emptied);
    expect(await cold.go("test", "-count=1", "-coverpkg=./...", "-coverprofile=sealed.out", "./...")).toMatchObject({
      exitCode: 0,
    });
    for (const name of ["cold.out", "sealed.out"]) {
      expect(await module.compare("old.out", name)).toMatchObject({
        exitCode: 0,
        verdict: "true",
        changes: { packages: [] },
      });
    }
  });
});

describe("changed lines", () => {
  test("are told since a commit, and fail a job below a threshold", async () => {
    const module = newModule();
    const git = async (...args: string[]): Promise<void> => {
      const own = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
      expect(await fixture.run(["git", ...own, ...args], {}, module.folder)).toMatchObject({ exitCode: 0 });
    };
    await git("init", "--quiet");
    await git("add", ".");
    await git("commit", "--quiet", "-m", "all");
    const changed =
      "package c\n\nfunc Never(n int) int {\n\tn++\n\tn *= 3\n\treturn n\n}\n\nfunc Once() int {\n\treturn 1\n}\n";
    module.write({ "c/c.go": changed, "c/c_test.go": testOf("c", "Once() != 1") });
    await measured(module, "c.out", "./...");
    const compared = await module.compare("c.out", "c.out", "--diff", "HEAD", "--threshold", "70");
    expect(compared.changedLines).toMatchObject({ covered: 3, lines: 4 });
    expect(compared.exitCode).toBe(0);
    expect(await module.compare("c.out", "c.out", "--diff", "HEAD", "--threshold", "80")).toMatchObject({
      exitCode: 1,
    });
    for (const base of ["absent", "--output=x"]) {
      const refused = await module.ballast("coverage", "compare", "c.out", "c.out", `--diff=${base}`);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain("build/coverage-no-such-base");
    }
  });
});

describe("coverage merge", () => {
  test("is right where last lines are not, and Go's tools read what it writes", async () => {
    const module = newModule();
    for (const name of ["a", "b"]) await module.go("test", "-coverpkg=./...", `-coverprofile=${name}.out`, `./${name}`);
    const merged = await module.ballast(
      "coverage",
      "merge",
      "a.out",
      "b.out",
      "-o",
      "m.out",
      "--lcov=m.lcov",
      "--cobertura=m.xml",
    );
    expect(merged).toMatchObject({ exitCode: 0, stderr: "ballast: 2 merged: 57.1% (4 of 7 statements)\n" });
    expect((await module.go("tool", "cover", "-func=m.out")).stdout).toMatch(/total:\s+\(statements\)\s+57\.1%/);
    expect(read(module, "m.lcov")).toContain("SF:b/b.go\nDA:3,0\nDA:5,1\n");
    expect(read(module, "m.xml")).toContain('filename="b/b.go"');
    const again = await module.ballast("coverage", "merge", "m.out", "m.out");
    expect(again.stdout).toBe(read(module, "m.out"));
    // Profiles of two sources, whose blocks do not overlap: the records tell.
    await measured(module, "then.out", "./...");
    module.write({ "b/b.go": `${coveredFiles["b/b.go"]}\nfunc Three() int {\n\treturn 3\n}\n` });
    await measured(module, "now.out", "./...");
    const refused = await module.ballast("coverage", "merge", "then.out", "now.out");
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain("go/cover-blocks-contradict");
  });
});
