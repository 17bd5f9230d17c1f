/**
 * `bun bench/check/race-testdata.ts [--list]`: how many of the Go race detector's own tests the checker is right about, by
 * what it reports by default. A finding belongs to the test that holds, starts or calls for one of its places.
 */

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { createReport } from "../../src/check/area.ts";
import type { Finding } from "../../src/check/finding.ts";
import { loadRules } from "../../src/check/generated/rules.ts";
import { Kind } from "../../src/check/go/kinds.ts";
import type { GoPackage, GoPlace } from "../../src/check/go/program.ts";
import { packageFromSource } from "../../src/check/go/syntax/package-from-source.ts";
import type { NodeId } from "../../src/check/go/tree.ts";

function readTestdata(): GoPackage {
  const { stdout } = Bun.spawnSync(["go", "env", "GOROOT"]);
  const folder = join(stdout.toString().trim(), "src/runtime/race/testdata");
  const names = readdirSync(folder).filter((name) => name.endsWith("_test.go"));
  return packageFromSource(Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")])));
}

async function findRaces(pkg: GoPackage): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const rule of await loadRules.go()) {
    if (rule.meta.category !== "data-race" || !rule.meta.byDefault) continue;
    rule.check(
      pkg,
      createReport(rule.meta, (place: GoPlace) => place, findings),
    );
  }
  return findings.filter(({ confidence }) => confidence !== "low");
}

/** Functions by file and line, and which tests lead to each. */
function testsOf(pkg: GoPackage): (path: string, line: number) => ReadonlySet<string> {
  const declarations = pkg.functions.filter((func) => pkg.tree.kind(func) === Kind.FuncDecl);
  const callers = new Map<NodeId, Set<string>>();
  for (const func of declarations) {
    const name = pkg.funcSymbol(func)?.name ?? "";
    if (!name.startsWith("Test")) continue;
    for (const reached of reach(pkg, func)) callers.set(reached, (callers.get(reached) ?? new Set()).add(name));
  }
  return (path, line) => {
    const func = declarations.find((one) => {
      const { path: own, line: first, endLine } = pkg.place(one);
      return own === path && first <= line && line <= endLine;
    });
    return (func === undefined ? undefined : callers.get(func)) ?? new Set();
  };
}

/** The function and those of the package that it mentions, and so on; not through other tests. */
function reach(pkg: GoPackage, func: NodeId): Set<NodeId> {
  const found = new Set([func]);
  for (const one of found) {
    for (let node = one; node < pkg.tree.end(one); node++) {
      if (pkg.tree.kind(node) !== Kind.Ident) continue;
      const symbol = pkg.symbol(node);
      const declared = symbol?.kind === "func" ? pkg.funcDecl(symbol) : undefined;
      if (declared !== undefined && symbol?.name.startsWith("Test") !== true) found.add(declared);
    }
  }
  return found;
}

/** The tests that a finding is about: those whose own code it names; without any, those that lead to its places. */
function creditOf(finding: Finding, tests: ReturnType<typeof testsOf>): Set<string> {
  const places = [finding, ...finding.related];
  const sets = places.map(({ path, line }) => tests(path, line));
  const own = sets.filter(({ size }) => size === 1);
  return new Set((own.length > 0 ? own : sets).flatMap((set) => [...set]));
}

async function main(): Promise<void> {
  const pkg = readTestdata();
  const startedAt = performance.now();
  const findings = await findRaces(pkg);
  const tookMs = performance.now() - startedAt;
  const tests = testsOf(pkg);
  const reported = new Map<string, Finding>();
  for (const finding of findings) for (const name of creditOf(finding, tests)) reported.set(name, finding);
  const names = pkg.functions.flatMap((func) => pkg.funcSymbol(func)?.name ?? []);
  const [racy, clean] = [/^TestRace/, /^TestNoRace/].map((form) => names.filter((name) => form.test(name)));
  const missed = (racy ?? []).filter((name) => !reported.has(name));
  const alarms = (clean ?? []).filter((name) => reported.has(name));
  const share = (part: number, of: number): string => `${part} of ${of} (${((100 * part) / of).toFixed(1)} %)`;
  const racyCount = racy?.length ?? 0;
  console.log(`races found    ${share(racyCount - missed.length, racyCount)}`);
  console.log(`false alarms   ${share(alarms.length, clean?.length ?? 0)}`);
  console.log(`findings       ${findings.length}, in ${tookMs.toFixed(0)} ms, at depth ${pkg.depth}`);
  for (const name of missed) console.log(`missed         ${name}`);
  for (const name of alarms) {
    const finding = reported.get(name);
    console.log(
      `false alarm    ${name}: ${finding?.rule} ${basename(finding?.path ?? "")}:${finding?.line} ${finding?.message}`,
    );
  }
  if (process.argv.includes("--list")) {
    for (const one of findings) console.log(`${one.rule} ${one.path}:${one.line} ${one.message}`);
  }
}

await main();
