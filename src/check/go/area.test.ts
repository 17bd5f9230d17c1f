import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { AreaRequest } from "../area.ts";
import { goArea } from "./area.ts";
import { Kind } from "./kinds.ts";
import type { GoRule } from "./rule.ts";

const work = mkdtempSync(join(tmpdir(), "go-area-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Says of each call what it calls, and in which order packages came. */
const teller: GoRule = {
  meta: { id: "go/teller", title: "t", category: "nil", severity: "info", since: "0.1.0", byDefault: true },
  check(pkg, report) {
    for (const call of pkg.tree.all(Kind.CallExpr)) {
      const target = pkg.callOf(call);
      const key = target?.kind === "static" || target?.kind === "interface" ? target.symbol.key : target?.kind;
      report(pkg.place(call), { message: `${pkg.depth} ${pkg.path}: ${key}` });
    }
  },
};

function request(name: string, files: Readonly<Record<string, string>>, more: Partial<AreaRequest> = {}): AreaRequest {
  const root = join(work, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const paths = Object.keys(files).toSorted();
  return {
    root,
    paths,
    files: paths.map((path) => ({ path, kind: path.endsWith(".go") ? "go" : "go-module", sizeBytes: 1 })),
    readText: (path) => (path in files ? readFileSync(join(root, path), "utf8") : undefined),
    rules: new Set(["go/teller", "vet/copylocks"]),
    builds: [{ tags: [] }],
    depth: "syntax",
    cgo: false,
    env: process.env,
    signal: AbortSignal.timeout(200_000),
    ...more,
  };
}

const files = {
  "go.mod": "module example.com/m\n\ngo 1.24\n",
  "a/a.go": 'package a\n\nimport "example.com/m/b"\n\nfunc F() { b.G() }\n',
  "b/b.go":
    'package b\n\nimport "sync"\n\ntype T struct{ mu sync.Mutex }\n\nfunc G() { var t T; t.mu.Lock(); _ = H }\n\nfunc H(t T) {}\n',
  "b/b_test.go": 'package b\n\nimport "testing"\n\nfunc TestG(t *testing.T) { t.Fatal(G) }\n',
  "b/x_test.go": 'package b_test\n\nimport "example.com/m/b"\n\nfunc f() { b.G() }\n',
  "b/b_windows.go": "package b\n\nfunc W() { G() }\n",
};

const calls = [
  "example.com/m/b: sync.Mutex.Lock",
  "example.com/m/b: testing.T.Fatal",
  "example.com/m/b_test: example.com/m/b.G",
  "example.com/m/a: example.com/m/b.G",
];

describe("the area go", () => {
  test("at syntax depth: packages after what they import, tests with their package, files by build", async () => {
    const { findings, partial, checkedFiles, depth } = await goArea([teller])(request("syntax", files));
    expect(partial).toEqual([]);
    expect({ checkedFiles, depth }).toEqual({ checkedFiles: 4, depth: "syntax" });
    const said = findings.map(({ message }) => message);
    expect(said.toSorted()).toEqual(calls.map((call) => `syntax ${call}`).toSorted());
    expect(said.at(0)).toBe("syntax example.com/m/b: sync.Mutex.Lock");
  });

  test("another build takes other files", async () => {
    const build = { goos: "windows", goarch: "amd64", tags: [] };
    const { findings } = await goArea([teller])(request("windows", files, { builds: [build] }));
    expect(findings.map(({ path }) => path)).toContain("b/b_windows.go");
  });

  test("with types: the same calls from Go's type checker, and what go vet finds", async () => {
    const { findings, partial, depth } = await goArea([teller])(request("types", files, { depth: "types" }));
    expect(partial).toEqual([]);
    expect(depth).toBe("types");
    const said = findings.filter(({ rule }) => rule === "go/teller").map(({ message }) => message);
    expect(said.toSorted()).toEqual(calls.map((call) => `types ${call}`).toSorted());
    expect(findings.find(({ rule }) => rule === "vet/copylocks")).toMatchObject({ path: "b/b.go", line: 9 });
  }, 200_000);

  test("a program that does not compile is checked as far as types go, and that is said", async () => {
    const broken = { ...files, "b/b.go": `${files["b/b.go"]}\nvar x undefined.Name\n` };
    const { partial } = await goArea([teller])(request("broken", broken, { depth: "types" }));
    expect(partial.map(({ path }) => path)).toContain("b/b.go");
  }, 200_000);

  test("without a toolchain the depth is syntax, and that is said", async () => {
    const env = { ...process.env, PATH: "/nowhere" };
    const { depth, partial } = await goArea([teller])(request("no-go", files, { depth: "types", env }));
    expect(depth).toBe("syntax");
    expect(partial.map(({ reason }) => reason).join("\n")).toContain("without types and without go vet");
  });

  test("a module that asks for a Go that is not here gets no download, and a reason", async () => {
    const newer = { ...files, "go.mod": "module example.com/m\n\ngo 1.999\n" };
    const { depth, partial } = await goArea([teller])(request("newer", newer, { depth: "types" }));
    expect(depth).toBe("syntax");
    expect(partial.map(({ reason }) => reason).join("\n")).toContain("1.999");
  }, 200_000);
});
