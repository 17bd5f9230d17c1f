/**
 * Both front ends fill one model: over packages of Go's own standard library the trees are equal node by node, and what the
 * syntax front end knows of symbols, calls and types is what Go's type checker says.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Kind, kindName } from "../../src/check/go/kinds.ts";
import type { GoPackage } from "../../src/check/go/program.ts";
import { ProgramIndex } from "../../src/check/go/program-index.ts";
import { makeSyntaxWorkshop, parsePackage } from "../../src/check/go/syntax/parse-package.ts";
import { makeStandardLibrary } from "../../src/check/go/syntax/standard-library.ts";
import { safeGoEnvironment } from "../../src/check/go/typed/go-environment.ts";
import { prepareProbe } from "../../src/check/go/typed/probe-build.ts";
import { inOrder } from "../../src/check/go/typed/record-order.ts";
import { splitOutput, unpackRecord } from "../../src/check/go/typed/record.ts";
import { makeTypedPackage } from "../../src/check/go/typed/typed-package.ts";
import type { CallTarget, GoSymbol } from "../../src/check/go/symbols.ts";

const packages = [
  "context",
  "sync",
  "sync/atomic",
  "time",
  "encoding/json",
  "database/sql",
  "go/parser",
  "slices",
  "bufio",
];
const deadlineMs = 240_000;
/** Of what both know, so much may differ, and only where the comments below say why. */
const tolerance = 0.001;

const work = mkdtempSync(join(tmpdir(), "front-ends-"));
const pairs: { typed: GoPackage; syntax: GoPackage }[] = [];

beforeAll(async () => {
  const root = join(Bun.spawnSync(["go", "env", "GOROOT"]).stdout.toString().trim(), "src");
  const probe = await prepareProbe({ folder: root, env: process.env, signal: AbortSignal.timeout(deadlineMs) });
  if ("reason" in probe) throw new Error(probe.reason);
  // Without the name of a vet it only tells of the packages.
  const env = { ...safeGoEnvironment(process.env, { cgo: false }) };
  const run = Bun.spawnSync(["go", "vet", `-vettool=${probe.path}`, "-json", ...packages], { cwd: root, env });
  if (run.exitCode !== 0) throw new Error(run.stderr.toString());
  const { records } = splitOutput(`${run.stdout.toString()}\n${run.stderr.toString()}`);
  const tree = { paths: [], read: (path: string) => readFileSync(join(root, path), "utf8") };
  const [typedIndex, syntaxIndex] = [new ProgramIndex(), new ProgramIndex(makeStandardLibrary())];
  for (const record of inOrder(records)) {
    const { pkg: typed } = makeTypedPackage(unpackRecord(record), typedIndex, { root, tree });
    const files = typed.files.map(({ path, text }) => ({ path, text }));
    const source = { path: typed.path, files, goVersion: "1.26", isOwn: true };
    pairs.push({ typed, syntax: parsePackage(source, syntaxIndex, makeSyntaxWorkshop()).pkg });
  }
}, deadlineMs);

afterAll(() => rmSync(work, { recursive: true, force: true }));

function where(pkg: GoPackage, node: number): string {
  const { path, line, column } = pkg.place(node);
  return `${path}:${line}:${column} ${kindName(pkg.tree.kind(node))} ${pkg.text(node).slice(0, 40)}`;
}

function symbolText(symbol: GoSymbol): string {
  const { kind, scope, name, pkgPath, key, decl, func, embedded } = symbol;
  return JSON.stringify([kind, scope, name, pkgPath, key, decl, func, embedded]);
}

function callText(target: CallTarget): string {
  switch (target.kind) {
    case "closure":
      return `closure ${target.func}`;
    case "builtin":
      return `builtin ${target.name}`;
    case "conversion":
      return "conversion";
    default:
      return `${target.kind} ${target.symbol?.key ?? target.symbol?.name}`;
  }
}

/** What both say of each node of a kind, where both say something. */
function compare<T>(kinds: readonly Kind[], ask: (pkg: GoPackage, node: number) => T | undefined) {
  let [both, onlyTyped] = [0, 0];
  const differences: string[] = [];
  for (const { typed, syntax } of pairs) {
    for (const kind of kinds) {
      for (const node of typed.tree.all(kind)) {
        const [x, y] = [ask(typed, node), ask(syntax, node)];
        if (x !== undefined && y === undefined) onlyTyped += 1;
        if (x === undefined || y === undefined) continue;
        both += 1;
        if (x !== y) differences.push(`${where(typed, node)}: ${String(x)} <> ${String(y)}`);
      }
    }
  }
  return { both, onlyTyped, differences };
}

describe("over packages of the standard library", () => {
  test("both read every file whole", () => {
    expect(pairs.length).toBeGreaterThanOrEqual(packages.length);
    expect(pairs.flatMap(({ typed, syntax }) => [...typed.partial, ...syntax.partial])).toEqual([]);
  });

  test("the trees are equal, node by node", () => {
    let nodes = 0;
    for (const { typed, syntax } of pairs) {
      const [a, b] = [typed.tree, syntax.tree];
      expect(b.size).toBe(a.size);
      nodes += a.size;
      const shape = (tree: typeof a, n: number): string =>
        [
          tree.kind(n),
          tree.role(n),
          tree.op(n),
          tree.name(n),
          tree.from(n),
          tree.to(n),
          tree.end(n),
          tree.parent(n),
        ].join(" ");
      for (let node = 1; node < a.size; node++) {
        const [x, y] = [shape(a, node), shape(b, node)];
        if (x !== y) throw new Error(`${where(typed, node)}: ${x} <> ${y}`);
      }
    }
    expect(nodes).toBeGreaterThan(200_000);
  });

  test("symbols are the same", () => {
    const { both, onlyTyped, differences } = compare([Kind.Ident], (pkg, node) => {
      const symbol = pkg.symbol(node);
      return symbol === undefined || symbol.kind === "unknown" ? undefined : symbolText(symbol);
    });
    // Two types without a name that are identical have each its fields; the syntax front end takes those of the first.
    expect(differences.length, differences.slice(0, 20).join("\n")).toBeLessThan(both * tolerance);
    expect(onlyTyped).toBeLessThan(both * 0.03);
  });

  test("calls go to the same functions", () => {
    const { both, onlyTyped, differences } = compare([Kind.CallExpr], (pkg, node) => {
      const target = pkg.callOf(node);
      return target === undefined ? undefined : callText(target);
    });
    expect(differences.length, differences.slice(0, 20).join("\n")).toBeLessThan(both * tolerance);
    expect(onlyTyped).toBeLessThan(both * 0.03);
  });

  test("types are the same where the syntax front end knows them", () => {
    const kinds = [Kind.Ident, Kind.SelectorExpr, Kind.CallExpr, Kind.IndexExpr, Kind.StarExpr, Kind.CompositeLit];
    const { both, differences } = compare(kinds, (pkg, node) => {
      const text = pkg.typeOf(node)?.text;
      // Constants: Go says what an untyped one became. Types without a name: texts of interfaces differ. "?": unknown parts.
      return text === undefined || /untyped|\?|interface|struct|#|~|\|/.test(text) ? undefined : text;
    });
    expect(differences.length, differences.slice(0, 20).join("\n")).toBeLessThan(both * tolerance);
  });
});
