import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { AreaRequest, AreaResult } from "../../area.ts";
import { goArea } from "../area.ts";
import { Kind } from "../kinds.ts";
import type { GoRule } from "../rule.ts";

const root = mkdtempSync(join(tmpdir(), "check-typed-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const files: Record<string, string> = {
  "go.mod": "module example.com/m\n\ngo 1.24\n",
  "base/base.go":
    'package base\n\nimport "io"\n\ntype Opener interface{ Open() io.Closer }\n\nfunc Start(o Opener) { o.Open() }\n\nfunc None() *int { return nil }\n',
  "middle/middle.go":
    'package middle\n\nimport "example.com/m/base"\n\ntype File struct{}\n\nfunc Go() { base.Start(nil) }\n',
  "other/other.go": 'package other\n\nfunc Alone() { print("x") }\n',
  "top/top.go":
    'package top\n\nimport "example.com/m/base"\n\nfunc Use(o base.Opener) { o.Open(); base.Start(o) }\n\nfunc V() *int { return base.None() }\n',
};

function write(more: Readonly<Record<string, string>>): void {
  Object.assign(files, more);
  for (const [path, text] of Object.entries(more)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Says what each call may run, and what packages before it left in a store; `seen` are the packages that it was called for. */
function teller(seen: string[]): GoRule {
  return {
    meta: { id: "go/teller", title: "t", category: "nil", severity: "info", since: "0.1.0", byDefault: true },
    check(pkg, report) {
      seen.push(pkg.path);
      const store = pkg.program.store<number>("teller");
      for (const call of pkg.tree.all(Kind.CallExpr)) {
        const target = pkg.callOf(call);
        const key = target?.kind === "static" || target?.kind === "interface" ? target.symbol.key : target?.kind;
        const runs = target?.kind === "interface" ? target.implementations.join(" ") : store.get(key ?? "");
        report(pkg.place(call), { message: `${pkg.path}: ${key} ${runs}` });
      }
      for (const func of pkg.functions) {
        const key = pkg.funcSymbol(func)?.key;
        if (key !== undefined) store.set(key, pkg.tree.end(func) - func);
      }
    },
  };
}

const parts = new Map<string, unknown>();

/** One run, with what the last one kept, as JSON would bring it back. */
async function run(isKept: boolean): Promise<{ readonly seen: string[]; readonly result: AreaResult }> {
  const seen: string[] = [];
  const earlier = new Map(parts);
  const kept = {
    find: (key: string) => earlier.get(key),
    keep: (key: string, part: unknown) => void parts.set(key, JSON.parse(JSON.stringify(part))),
  };
  if (isKept) parts.clear();
  const paths = Object.keys(files).toSorted();
  const request: AreaRequest = {
    root,
    paths,
    files: paths.map((path) => ({ path, kind: path.endsWith(".go") ? "go" : "go-module", sizeBytes: 1 })),
    readText: (path) => (path in files ? readFileSync(join(root, path), "utf8") : undefined),
    rules: new Set(["go/teller"]),
    builds: [{ tags: [] }],
    depth: "types",
    cgo: false,
    env: process.env,
    signal: AbortSignal.timeout(200_000),
    kept: isKept ? kept : undefined,
  };
  const result = await goArea([teller(seen)])(request);
  return { seen: seen.map((path) => path.replace("example.com/m/", "")), result };
}

/** What a run with memory says is what one without says; the packages whose rules ran. */
async function checked(): Promise<string[]> {
  const [short, whole] = [await run(true), await run(false)];
  expect(short.result).toEqual(whole.result);
  return short.seen;
}

test("rules run again over what a change can reach, and say what they would have said of everything", async () => {
  write(files);
  expect(await checked()).toEqual(["base", "middle", "other", "top"]);
  expect(await checked()).toEqual([]);
  // Inside of a function that nobody else can see into: its own package, and those that what rules said of it can reach.
  write({ "other/other.go": 'package other\n\nfunc Alone() { print("x"); print("y") }\n' });
  expect(await checked()).toEqual(["other"]);
  // A comment is in no tree.
  write({ "middle/middle.go": `${files["middle/middle.go"]}// note\n` });
  expect(await checked()).toEqual(["middle"]);
  // What rules keep of a function changes with its inside.
  write({ "base/base.go": (files["base/base.go"] ?? "").replace("{ return nil }", "{ var p *int; return p }") });
  expect(await checked()).toEqual(["base", "middle", "top"]);
  // A method more may be what an interface's call runs, in whatever comes later.
  const method = "\nfunc (File) Open() io.Closer { return nil }\n";
  const middle = (files["middle/middle.go"] ?? "").replace(
    'import "example.com/m/base"',
    'import (\n\t"io"\n\n\t"example.com/m/base"\n)',
  );
  write({ "middle/middle.go": middle + method });
  expect(await checked()).toEqual(["middle", "other", "top"]);
  const { result } = await run(true);
  expect(result.findings.map(({ message }) => message)).toContain(
    "example.com/m/top: example.com/m/base.Opener.Open example.com/m/middle.File.Open",
  );
}, 200_000);

test("what does not compile, and what imports it, is checked without types, and that is said", async () => {
  write({ "middle/middle.go": "package middle\n\nfunc Go() { undefined() }\n\nvar x int = nil\n" });
  write({ "top/top.go": 'package top\n\nimport "example.com/m/middle"\n\nfunc Use() { middle.Go() }\n' });
  const { result } = await run(true);
  expect(result.depth).toBe("types");
  expect(result.untypedFiles).toEqual(["middle/middle.go", "top/top.go"]);
  expect(new Set(result.partial.map(({ path }) => path))).toEqual(new Set(["middle/middle.go", "top/top.go"]));
  expect(result.findings.map(({ path }) => path)).toContain("top/top.go");
  // What Go cannot even load would end go vet for everything.
  write({ "other/other.go": 'package other\n\nimport "example.com/m/nowhere"\n\nfunc F() { nowhere.F() }\n' });
  const { result: missing } = await run(true);
  expect(missing.untypedFiles).toEqual(["middle/middle.go", "other/other.go", "top/top.go"]);
  expect(missing.partial.map(({ path, reason }) => `${path} ${reason}`).join("\n")).toContain("example.com/m/nowhere");
}, 200_000);
