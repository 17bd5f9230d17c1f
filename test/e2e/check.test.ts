/** `ballast check` as people run it: the compiled executable over real trees, with real git and hostile files. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { encodeMessage, readMessages } from "../../src/check/engine/lsp/message-stream.ts";
import type { ProcessResult } from "../../src/core/process.ts";
import { runProcess } from "../../src/core/process.ts";
import type { Finding, Partial } from "../../src/report/finding.ts";
import type { ReportSummary } from "../../src/report/report.ts";

const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
const deadlineMs = 60_000;
/** The machine's own, which has the standard library. */
const gocache = process.env["GOCACHE"] ?? join(homedir(), ".cache/go-build");

interface JsonReport {
  readonly version: number;
  readonly findings: readonly Finding[];
  readonly partial: readonly Partial[];
  readonly summary: ReportSummary;
}

type Files = Readonly<Record<string, string | Uint8Array>>;

let home: string;
let counter = 0;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ballast-check-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A folder of its own with these files. */
function tree(files: Files): string {
  const folder = join(home, `tree ${counter++}`);
  mkdirSync(folder);
  put(folder, files);
  return folder;
}

function put(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

function environment(): Record<string, string | undefined> {
  const { PATH } = process.env;
  return { PATH, HOME: home, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
}

/** Without types: what those add has tests of its own, and each would start a go. */
function check(cwd: string, ...words: readonly string[]): Promise<ProcessResult> {
  return runProcess({
    argv: [executable, "check", ...words],
    cwd,
    env: { ...environment(), BALLAST_CHECK_DEPTH: "syntax" },
    deadlineMs,
  });
}

async function report(cwd: string, ...words: readonly string[]): Promise<JsonReport & { readonly exitCode: number }> {
  const { stdout, stderr, exitCode } = await check(cwd, "--format", "json", ...words);
  expect(stderr).toBe("");
  return { ...(JSON.parse(stdout) as JsonReport), exitCode: exitCode ?? -1 };
}

const idsOf = ({ findings }: JsonReport): string[] => findings.map(({ path, line, rule }) => `${path}:${line} ${rule}`);

async function git(cwd: string, ...words: readonly string[]): Promise<string> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
  const result = await runProcess({ argv: ["git", ...identity, ...words], cwd, env: environment(), deadlineMs });
  expect(result.stderr + (result.exitCode === 0 ? "" : ` exit ${result.exitCode}`)).not.toContain("exit ");
  return result.stdout.trim();
}

/** A send that waits forever once the receiver has returned at its deadline. */
const leak = `package p

import "time"

func wait(work func() int) int {
	done := make(chan int)
	go func() { done <- work() }()
	select {
	case n := <-done:
		return n
	case <-time.After(time.Second):
		return 0
	}
}
`;
const leakPlace = "p.go:7 go/blocked-send";
const sound = "package p\n\nfunc one() int { return 1 }\n";

/** `1.20` without quotes is the number 1.2. */
const workflow = `on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-go@v6
        with:
          go-version: 1.20
      - run: go test ./...
`;
const workflowPath = ".github/workflows/ci.yml";
const numberRule = "ci/go-version-number";

/** So that nothing but the missing cache mount is wrong with it. */
const dockerignore = ".git\n";
const dockerfile = "FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN go build ./...\n";

describe("exit statuses", () => {
  test("0 for nothing, 1 for findings, 2 for wrong usage", async () => {
    expect(await report(tree({ "go.mod": "module p\n", "p.go": sound }))).toMatchObject({ exitCode: 0, findings: [] });
    const folder = tree({ "go.mod": "module p\n", "p.go": leak });
    const found = await report(folder);
    expect(found.exitCode).toBe(1);
    expect(idsOf(found)).toEqual([leakPlace]);
    for (const words of [
      ["nowhere"],
      ["--rule", "go/no-such"],
      ["--matrix", "linux"],
      ["--format", "x"],
      ["--only", "c"],
    ]) {
      expect((await check(folder, ...words)).exitCode).toBe(2);
    }
    expect((await check(folder, "--rule", "go/blocked-sent")).stderr).toContain("did you mean go/blocked-send?");
  });

  test("what could only be partly checked fails only if asked", async () => {
    const folder = tree({ "go.mod": "module p\n", "p.go": "package p\n\nfunc broken( {\n" });
    const found = await report(folder);
    expect(found).toMatchObject({ exitCode: 0, findings: [] });
    expect(found.partial.map(({ path }) => path)).toContain("p.go");
    expect((await check(folder, "--partial", "fail")).exitCode).toBe(1);
    expect((await check(folder)).stdout).toContain("partly checked");
  });

  test("thresholds leave out, and do not count", async () => {
    const folder = tree({ "go.mod": "module p\n", "p.go": leak });
    const [finding] = (await report(folder)).findings;
    expect(finding?.severity).toBe("warning");
    expect(await report(folder, "--severity", "error")).toMatchObject({ exitCode: 0, findings: [] });
    expect(await report(folder, "--confidence", "proven")).toMatchObject({ exitCode: 0, findings: [] });
    expect((await report(folder, "--only", "ci")).findings).toEqual([]);
  });
});

describe("which files", () => {
  test("ignored files are left out, with git and without; new ones are in", async () => {
    const files = { "go.mod": "module p\n", ".gitignore": "gen/\n*_old.go\n", "gen/p.go": leak, "a_old.go": leak };
    const plain = tree({ ...files, "new.go": leak });
    expect(idsOf(await report(plain))).toEqual(["new.go:7 go/blocked-send"]);
    await git(plain, "init", "-q");
    expect(idsOf(await report(plain))).toEqual(["new.go:7 go/blocked-send"]);
    await git(plain, "add", "-f", "gen/p.go");
    expect(idsOf(await report(plain))).toEqual(["gen/p.go:7 go/blocked-send", "new.go:7 go/blocked-send"]);
  });

  test("a folder or a file that is named, with paths relative to it, and its module understood", async () => {
    const folder = tree({ "go.mod": "module m\n", "a/p.go": leak, "b/p.go": leak, "b/q.go": sound });
    expect(idsOf(await report(folder, "a"))).toEqual([leakPlace]);
    expect(idsOf(await report(folder, "b/p.go"))).toEqual(["b/p.go:7 go/blocked-send"]);
    expect(idsOf(await report(folder, "b/q.go"))).toEqual([]);
    expect(idsOf(await report(folder, "a", "b"))).toEqual(["a/p.go:7 go/blocked-send", "b/p.go:7 go/blocked-send"]);
    expect((await check(folder, "./a/...")).stdout).toStartWith("a/p.go:7:");
  });

  test("other people's code and what is excluded are left out", async () => {
    const folder = tree({ "go.mod": "module m\n", "vendor/x/p.go": leak, "testdata/p.go": leak, "old/p.go": leak });
    expect(idsOf(await report(folder))).toEqual(["old/p.go:7 go/blocked-send"]);
    put(folder, { "ballast.yaml": "check:\n  exclude: [old/**]\n" });
    expect(idsOf(await report(folder))).toEqual([]);
    expect(idsOf(await report(folder, "testdata"))).toEqual([leakPlace]);
  });

  test("build tags choose, and a matrix merges", async () => {
    const folder = tree({
      "go.mod": "module m\n",
      "w.go": `//go:build windows\n\n${leak}`,
      "t.go": `//go:build slow\n\n${leak.replaceAll("wait", "slow")}`,
      "p.go": sound,
    });
    expect(idsOf(await report(folder))).toEqual([]);
    expect(idsOf(await report(folder, "--tags", "slow"))).toEqual(["t.go:9 go/blocked-send"]);
    expect(idsOf(await report(folder, "--matrix", "linux/amd64:slow", "--matrix", "windows/amd64:slow"))).toEqual([
      "t.go:9 go/blocked-send",
      "w.go:9 go/blocked-send",
    ]);
  });
});

describe("formats", () => {
  test("JSON has exactly the keys that are documented", async () => {
    const found = await report(tree({ "go.mod": "module p\n", "p.go": leak }));
    expect(Object.keys(found)).toEqual(["version", "findings", "partial", "summary", "exitCode"]);
    expect(found.version).toBe(1);
    expect(Object.keys(found.findings[0] ?? {})).toEqual([
      "rule",
      "category",
      "path",
      "line",
      "column",
      "endLine",
      "endColumn",
      "severity",
      "confidence",
      "message",
      "why",
      "related",
    ]);
  });

  test("each is well-formed and names the place", async () => {
    const folder = tree({ "go.mod": "module p\n", "p.go": leak });
    const github = (await check(folder, "--format", "github")).stdout;
    expect(github).toMatch(/^::warning file=p\.go,line=7,endLine=7,col=\d+,endColumn=\d+,title=go\/blocked-send::/);
    const gitlab = JSON.parse((await check(folder, "--format", "gitlab")).stdout) as unknown[];
    expect(gitlab).toEqual([
      expect.objectContaining({
        check_name: "go/blocked-send",
        location: { path: "p.go", lines: { begin: 7, end: 7 } },
      }),
    ]);
    expect((await check(folder, "--format", "junit")).stdout).toContain(
      '<testcase classname="go/blocked-send" name="p.go:7:',
    );
    const sarif = JSON.parse((await check(folder, "--format", "sarif")).stdout) as {
      runs: [{ tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string }[] }];
    };
    expect(sarif.runs[0].results.map(({ ruleId }) => ruleId)).toEqual(["go/blocked-send"]);
    expect(sarif.runs[0].tool.driver.rules.length).toBeGreaterThan(20);
  });

  test("text shows the line and marks the place, without colours in a pipe", async () => {
    const { stdout } = await check(tree({ "go.mod": "module p\n", "p.go": leak }));
    expect(stdout).toContain("    7 | \tgo func() { done <- work() }()\n");
    expect(stdout).toMatch(/\n {6}\| \t +\^+\n/);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toEndWith("1 finding (1 warning) in 1 file\n");
  });

  test("a name that would steer the terminal is shown harmless", async () => {
    const folder = tree({ "go.mod": "module p\n", "\u001b[31mred.go": leak });
    const { stdout } = await check(folder);
    expect(stdout).toContain("go/blocked-send");
    expect(stdout).not.toContain("\u001b");
  });
});

describe("suppressions", () => {
  const line = "\tgo func() { done <- work() }()";
  const suppressed = (comment: string): Files => ({ "go.mod": "module p\n", "p.go": leak.replace(line, comment) });

  test("with a reason, on the line or above", async () => {
    const reason = "//ballast:ignore go/blocked-send the process ends then anyway";
    for (const text of [
      `${line} ${reason}`,
      `\t${reason}\n${line}`,
      `\t// ballast: ignore go/blocked-send x\n\n${line}`,
    ]) {
      expect(await report(tree(suppressed(text)))).toMatchObject({
        exitCode: 0,
        findings: [],
        summary: { suppressed: 1 },
      });
    }
  });

  test("without a reason it suppresses nothing and is a finding", async () => {
    const found = await report(tree(suppressed(`${line} //ballast:ignore go/blocked-send`)));
    expect(idsOf(found)).toEqual([leakPlace, "p.go:7 check/suppression-without-reason"]);
  });

  test("without effect, or of no rule, it is a finding", async () => {
    const text = `${sound}\n//ballast:ignore go/blocked-send nothing here\nvar x int\n\nvar y int // ballast:ignore go/nothing z\n`;
    const folder = tree({ "go.mod": "module p\n", "p.go": text });
    const found = await report(folder);
    expect(idsOf(found)).toEqual([
      "p.go:5 check/suppression-without-effect",
      "p.go:8 check/suppression-of-unknown-rule",
    ]);
    expect(found.findings[0]?.category).toBe("goroutine-leak");
    // A rule that did not run says nothing about its suppressions.
    expect((await report(folder, "--rule", "go/busy-select", "--rule", "check/*")).findings).toHaveLength(1);
  });

  test("in YAML and Dockerfiles, also over a continued instruction", async () => {
    const folder = tree({
      ".dockerignore": dockerignore,
      [workflowPath]: workflow.replace("1.20", `1.20 # ballast: ignore ${numberRule} this very number`),
      Dockerfile: dockerfile.replace(
        "RUN go",
        "# ballast: ignore docker/no-cache-mount built once\nRUN true && \\\n  go",
      ),
    });
    expect(await report(folder)).toMatchObject({ findings: [], summary: { suppressed: 2 } });
  });

  test("what looks like one in a string is none", async () => {
    const text =
      'package p\n\nconst s = "//ballast:ignore go/blocked-send x"\n\nconst t = `\n//ballast:ignore a/b\n`\n';
    expect((await report(tree({ "go.mod": "module p\n", "p.go": text }))).findings).toEqual([]);
  });
});

describe("baselines", () => {
  test("known findings are not reported, wherever their lines move; new ones are", async () => {
    const folder = tree({ "go.mod": "module p\n", "p.go": leak });
    const flags = ["--baseline", "known.json"];
    expect((await check(folder, ...flags)).exitCode).toBe(2);
    expect(await report(folder, ...flags, "--update-baseline")).toMatchObject({ exitCode: 0 });
    put(folder, { "p.go": leak.replace("package p\n", "package p\n\n// More.\n\n") });
    expect(await report(folder, ...flags)).toMatchObject({ exitCode: 0, summary: { baselined: 1 } });
    put(folder, { "q.go": leak.replace("wait(", "another(") });
    expect(idsOf(await report(folder, ...flags))).toEqual(["q.go:7 go/blocked-send"]);
    put(folder, { "known.json": '{"version":2}' });
    expect((await check(folder, ...flags)).stderr).toContain("check/baseline-unreadable");
    expect((await check(folder, "--update-baseline")).exitCode).toBe(2);
  });
});

describe("--diff", () => {
  async function repository(): Promise<string> {
    const folder = tree({ "go.mod": "module p\n", "p.go": leak });
    await git(folder, "init", "-q");
    await git(folder, "add", "-A");
    await git(folder, "commit", "-q", "-m", "one");
    return folder;
  }

  test("reports what the change brought, committed or not, and not what moved", async () => {
    const folder = await repository();
    await git(folder, "checkout", "-q", "-b", "work");
    await git(folder, "mv", "p.go", "moved.go");
    put(folder, { "moved.go": leak.replace("package p\n", "package p\n\n// Moved.\n") });
    await git(folder, "commit", "-q", "-a", "-m", "two");
    const diff = await report(folder, "--diff", "main");
    expect(diff).toMatchObject({ exitCode: 0, findings: [], summary: { unchanged: 1 } });
    put(folder, { "new.go": leak.replace("wait(", "another(") });
    expect(idsOf(await report(folder, "--diff", "main"))).toEqual(["new.go:7 go/blocked-send"]);
  });

  test("compares with the point where the work left the base", async () => {
    const folder = await repository();
    await git(folder, "checkout", "-q", "-b", "work");
    await git(folder, "checkout", "-q", "main");
    put(folder, { "p.go": sound });
    await git(folder, "commit", "-q", "-a", "-m", "mended on main");
    await git(folder, "checkout", "-q", "work");
    expect(idsOf(await report(folder, "--diff", "main"))).toEqual([]);
  });

  test("refuses a base that is not there, and does not take a flag for one", async () => {
    const folder = await repository();
    expect((await check(folder, "--diff", "nowhere")).stderr).toContain("check/base-unknown");
    expect((await check(folder, "--diff=--output=x")).stderr).toContain("check/base-unknown");
    expect((await check(tree({ "p.go": sound }), "--diff", "main")).stderr).toContain("check/base-unknown");
  });
});

describe("--fix", () => {
  test("mends what is safe, keeps the file's mode, and exits by what is left", async () => {
    const folder = tree({ [workflowPath]: workflow, "go.mod": "module p\n", "p.go": leak });
    chmodSync(join(folder, workflowPath), 0o640);
    const before = await report(folder, "--rule", numberRule);
    expect(before.findings.map(({ fix }) => fix?.safety)).toEqual(["safe"]);
    const after = await report(folder, "--fix", "--rule", numberRule);
    expect(after).toMatchObject({ exitCode: 0, findings: [], summary: { fixed: 1 } });
    expect(readFileSync(join(folder, workflowPath), "utf8")).toMatch(/go-version: ['"]1\.20['"]\n/);
    expect(statSync(join(folder, workflowPath)).mode & 0o777).toBe(0o640);
    expect((await report(folder, "--fix")).exitCode).toBe(1);
  });

  test("leaves unsafe fixes to --fix=unsafe", async () => {
    const folder = tree({ Dockerfile: dockerfile, ".dockerignore": dockerignore });
    const rule = ["--rule", "docker/no-cache-mount"];
    expect(await report(folder, "--fix", ...rule)).toMatchObject({ exitCode: 1, summary: { fixed: 0, fixable: 1 } });
    expect(readFileSync(join(folder, "Dockerfile"), "utf8")).toBe(dockerfile);
    expect(await report(folder, "--fix=unsafe", ...rule)).toMatchObject({ exitCode: 0, summary: { fixed: 1 } });
    expect(readFileSync(join(folder, "Dockerfile"), "utf8")).toContain("--mount=type=cache");
  });

  test("refuses a file that writing back would damage", async () => {
    const bytes = Buffer.from(`# \xff\n${workflow}`, "latin1");
    const folder = tree({ [workflowPath]: bytes });
    const { exitCode, stderr } = await check(folder, "--fix", "--rule", numberRule);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("check/fix-not-written");
    expect(readFileSync(join(folder, workflowPath)).equals(bytes)).toBe(true);
  });
});

describe("--confirm", () => {
  test("what the race detector saw is proven", async () => {
    const racy = `package p

import "sync"

func count() int {
	total := 0
	var group sync.WaitGroup
	for range 2 {
		group.Add(1)
		go func() {
			defer group.Done()
			total++
		}()
	}
	group.Wait()
	return total
}
`;
    const folder = tree({ "go.mod": "module p\n\ngo 1.26\n", "p.go": racy });
    const frame = `  p.count.func1()\n      ${folder}/p.go:12 +0x3a\n`;
    const accesses = `Read at 0x00c000012345 by goroutine 8:\n${frame}\nPrevious write at 0x00c000012345 by goroutine 7:\n${frame}`;
    put(folder, {
      "race.log": `==================\nWARNING: DATA RACE\n${accesses}==================\n`,
      "empty.log": "PASS\n",
    });
    const sure = async (...words: readonly string[]): Promise<string[]> =>
      (await report(folder, ...words)).findings.map(
        ({ line, category, confidence }) => `${line} ${category} ${confidence}`,
      );
    const [before, ...others] = await sure();
    expect(others).toEqual([]);
    expect(before).toMatch(/^12 data-race (?:high|medium)$/);
    expect(await sure("--confirm", "race.log")).toEqual(["12 data-race proven"]);
    expect((await check(folder, "--confirm", "empty.log")).stderr).toContain("check/race-log-unreadable");
  });
});

describe("hostile input", () => {
  test("is reported, within bounds of time, and the rest is checked", async () => {
    const folder = tree({
      "go.mod": "module p\n",
      "p.go": leak,
      "big.go": `package p\n${"// x\n".repeat(10_000_000)}`,
      "random.go": crypto.getRandomValues(new Uint8Array(60_000)),
      "deep.go": `package p\n\nvar x = ${"(".repeat(100_000)}1${")".repeat(100_000)}\n`,
      "cut.go": leak.slice(0, 120),
      "empty.go": "",
      "crlf.go": leak.replaceAll("wait(", "crlf(").replaceAll("\n", "\r\n"),
      [workflowPath]: `a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n${workflow}`,
      ".github/workflows/deep.yml": `on: push\njobs: ${"[".repeat(100_000)} go test\n`,
      ".github/workflows/random.yml": crypto.getRandomValues(new Uint8Array(60_000)),
      "deploy.yaml": `apiVersion: v1\nkind: Pod\nx: ${"{a: ".repeat(50_000)}golang go build\n`,
      Dockerfile: Buffer.from(`FROM golang\nRUN go build \xff\xfe\n${"RUN \\\n".repeat(20_000)}`, "latin1"),
      Jenkinsfile: `pipeline { ${"stages { ".repeat(20_000)} sh 'go test'`,
    });
    symlinkSync(".", join(folder, "loop"));
    symlinkSync("self", join(folder, "self"));
    const startedMs = performance.now();
    const found = await report(folder);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(idsOf(found)).toContain(leakPlace);
    expect(idsOf(found)).toContain("crlf.go:7 go/blocked-send");
    const partial = new Set(found.partial.map(({ path }) => path));
    for (const path of ["big.go", "random.go", "deep.go", "cut.go", "empty.go", ".github/workflows/deep.yml"]) {
      expect([...partial]).toContain(path);
    }
  });

  test("nothing that the repository names is run", async () => {
    const folder = tree({ "go.mod": "module p\n\ngo 1.99\n\ntoolchain go1.99.1\n", "p.go": leak });
    await git(folder, "init", "-q");
    const trap = join(folder, "trap");
    const said = join(home, "sprung");
    writeFileSync(trap, `#!/bin/sh\necho "$0 $*" >> '${said}'\n`, { mode: 0o755 });
    for (const [key, value] of [
      ["core.fsmonitor", trap],
      ["core.hooksPath", folder],
      ["diff.external", trap],
      ["core.pager", trap],
      ["filter.x.smudge", trap],
    ] as const) {
      await git(folder, "config", key, value);
    }
    put(folder, { ".gitattributes": "* filter=x\n", "post-checkout": `#!/bin/sh\n${trap}\n` });
    await git(folder, "-c", "core.fsmonitor=false", "-c", "filter.x.clean=cat", "add", "p.go");
    await git(folder, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "one");
    rmSync(said, { force: true });
    // With types, so that go runs as well.
    const { exitCode, stdout } = await runProcess({
      argv: [executable, "check", "--format", "json", "--diff", "HEAD"],
      cwd: folder,
      env: { ...environment(), GOCACHE: gocache },
      deadlineMs,
    });
    expect(exitCode).toBe((JSON.parse(stdout) as JsonReport).findings.length === 0 ? 0 : 1);
    expect(await Bun.file(said).exists()).toBe(false);
  });
});

describe("interruption", () => {
  test("SIGTERM ends a long check soon, in the middle of a package too", async () => {
    const go = await runProcess({ argv: ["go", "env", "GOROOT"], deadlineMs });
    // Minutes of work on a slow machine, tens of seconds on a fast one.
    const child = Bun.spawn([executable, "check", "--only", "go", "--no-cache", join(go.stdout.trim(), "src")], {
      env: { ...environment(), BALLAST_CHECK_DEPTH: "syntax" },
      stdout: "ignore",
      stderr: "ignore",
    });
    await Bun.sleep(2000);
    expect(child.exitCode).toBeNull();
    const toldMs = performance.now();
    child.kill("SIGTERM");
    await child.exited;
    expect(child.signalCode ?? child.exitCode).toBe(143);
    expect(performance.now() - toldMs).toBeLessThan(4000);
  });
});

describe("results of earlier runs", () => {
  test("are used while nothing changes, and not after a change", async () => {
    const folder = tree({ "go.mod": "module p\n", "p.go": leak });
    const first = await report(folder);
    expect(await report(folder)).toEqual(first);
    put(folder, { "p.go": sound });
    expect((await report(folder)).findings).toEqual([]);
    put(folder, { "p.go": leak });
    expect(await report(folder)).toEqual(first);
    expect(await report(folder, "--no-cache")).toEqual(first);
  });

  test("with types: go is started for the first run, for none that follows, and again after a change", async () => {
    const folder = tree({ "go.mod": "module p\n\ngo 1.24\n", "p.go": leak });
    const [bin, log] = [join(home, "bin"), join(home, "go.log")];
    mkdirSync(bin);
    const wrapper = `#!/bin/sh\necho "$*" >> '${log}'\nexec '${Bun.which("go") ?? "go"}' "$@"\n`;
    writeFileSync(join(bin, "go"), wrapper, { mode: 0o755 });
    const run = async (): Promise<string[]> => {
      rmSync(log, { force: true });
      const { stdout } = await runProcess({
        argv: [executable, "check", "--format", "json"],
        cwd: folder,
        env: { ...environment(), GOCACHE: gocache, PATH: `${bin}:${environment()["PATH"]}` },
        deadlineMs,
      });
      expect(idsOf(JSON.parse(stdout) as JsonReport)).toEqual([leakPlace]);
      return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
    };
    expect(await run()).not.toEqual([]);
    expect(await run()).toEqual([]);
    put(folder, { "q.go": sound });
    expect(await run()).not.toEqual([]);
  });
});

describe("--watch", () => {
  test("checks again when a file changes, and ends by a signal", async () => {
    const folder = tree({ "go.mod": "module p\n", "p.go": sound });
    const child = Bun.spawn([executable, "check", "--watch", "--format", "json", "--depth", "syntax"], {
      cwd: folder,
      env: environment(),
      stdout: "pipe",
    });
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const next = async (): Promise<number> => {
      let text = "";
      while (!text.endsWith("\n")) text += (await reader.read()).value ?? "\n";
      return (JSON.parse(text) as JsonReport).findings.length;
    };
    expect(await next()).toBe(0);
    put(folder, { "new.go": leak });
    expect(await next()).toBe(1);
    put(folder, { "new.go": sound.replace("one", "two") });
    expect(await next()).toBe(0);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(143);
  });
});

describe("--lsp", () => {
  test("publishes diagnostics, offers a fix for what lies on the disk, and takes back what was mended", async () => {
    const folder = tree({
      "go.mod": "module p\n",
      "p.go": leak,
      Dockerfile: dockerfile,
      ".dockerignore": dockerignore,
    });
    const child = Bun.spawn([executable, "check", "--lsp", "--depth", "syntax"], {
      cwd: home,
      env: environment(),
      stdin: "pipe",
      stdout: "pipe",
    });
    const messages = readMessages(child.stdout);
    const send = (message: object): void => {
      void child.stdin.write(encodeMessage(message));
      void child.stdin.flush();
    };
    const next = async (): Promise<Record<string, unknown>> => (await messages.next()).value as Record<string, unknown>;
    const uri = (path: string): string => pathToFileURL(join(realpathSync(folder), path)).href;
    send({ id: 1, method: "initialize", params: { rootUri: uri("") } });
    expect(await next()).toMatchObject({ id: 1, result: { capabilities: { codeActionProvider: {} } } });
    send({ method: "initialized", params: {} });
    const published = [await next(), await next()].map(
      ({ params }) => params as { uri: string; diagnostics: object[] },
    );
    const ofDocker = published.find((one) => one.uri === uri("Dockerfile"));
    expect(ofDocker?.diagnostics).toMatchObject([{ code: "docker/no-cache-mount", range: { start: { line: 3 } } }]);
    expect(published.find((one) => one.uri === uri("p.go"))?.diagnostics).toMatchObject([
      { code: "go/blocked-send", severity: 2, range: { start: { line: 6 } } },
    ]);
    const textDocument = { uri: uri("Dockerfile"), languageId: "dockerfile", version: 1, text: dockerfile };
    send({ method: "textDocument/didOpen", params: { textDocument } });
    const range = { start: { line: 3, character: 6 }, end: { line: 3, character: 6 } };
    const ask = async (id: number): Promise<unknown> => {
      send({ id, method: "textDocument/codeAction", params: { textDocument, range, context: { diagnostics: [] } } });
      return next();
    };
    expect(await ask(2)).toMatchObject({
      id: 2,
      result: [{ kind: "quickfix", isPreferred: false, edit: { changes: { [uri("Dockerfile")]: [{}] } } }],
    });
    send({
      method: "textDocument/didChange",
      params: { textDocument, contentChanges: [{ text: `# new\n${dockerfile}` }] },
    });
    expect(await ask(3)).toMatchObject({ id: 3, result: [] });
    put(folder, { "p.go": sound });
    send({ method: "textDocument/didSave", params: { textDocument: { uri: uri("p.go") } } });
    const after = [await next(), await next()].map(({ params }) => params as { uri: string; diagnostics: object[] });
    expect(after.find((one) => one.uri === uri("p.go"))?.diagnostics).toEqual([]);
    send({ id: 4, method: "no/such", params: {} });
    expect(await next()).toMatchObject({ id: 4, error: { code: -32601 } });
    send({ id: 5, method: "shutdown" });
    expect(await next()).toMatchObject({ id: 5, result: null });
    send({ method: "exit" });
    expect(await child.exited).toBe(0);
  });
});

describe("ballast explain", () => {
  const explain = (...words: readonly string[]): Promise<ProcessResult> =>
    runProcess({ argv: [executable, "explain", ...words], env: environment(), deadlineMs });

  test("prints a rule's page, lists all, and knows what was meant", async () => {
    expect((await explain("go/blocked-send")).stdout).toContain("When to suppress");
    expect((await explain("--list")).stdout).toContain("go/blocked-send");
    expect(JSON.parse((await explain("--list", "--json")).stdout)).toContainEqual(
      expect.objectContaining({ id: "go/blocked-send", byDefault: true }),
    );
    expect((await explain("go/blockd-send")).stderr).toContain("did you mean go/blocked-send?");
    expect((await explain()).exitCode).toBe(2);
  });
});
