/** The area `go`, as the engine runs it. */

import { createReport, type AreaRequest, type AreaResult, type GoBuild, type RunArea } from "../area.ts";
import type { Finding, Partial } from "../finding.ts";
import type { SourceTree } from "../source-tree.ts";
import type { BuildContext } from "./load/build-constraint.ts";
import { loadSyntax } from "./load/load-syntax.ts";
import type { GoPackage, GoPlace } from "./program.ts";
import type { GoRule } from "./rule.ts";
import { loadTyped } from "./typed/load-typed.ts";
import { runVet, type VetResult } from "./vet/run-vet.ts";

/** Runs those of `rules` that a request asks for, package by package. */
export function goArea(rules: readonly GoRule[]): RunArea {
  return async (request) => {
    const chosen = rules.filter(({ meta }) => request.rules.has(meta.id));
    const run = new AreaRun(chosen);
    for (const build of request.builds) await checkBuild(request, build, run);
    return run.result();
  };
}

async function checkBuild(request: AreaRequest, build: GoBuild, run: AreaRun): Promise<void> {
  if (request.depth === "types" && (await checkTyped(request, build, run))) return;
  run.reached("syntax");
  const { packages, partial } = loadSyntax(sourceTree(request), buildContext(request, build));
  run.addPartial(partial);
  await checkAll(packages, request.signal, run);
}

/** False, with the reason noted, if there are no types to be had. */
async function checkTyped(request: AreaRequest, build: GoBuild, run: AreaRun): Promise<boolean> {
  const { root, cgo, env, signal } = request;
  const typed = { root, tree: sourceTree(request), build, cgo, env, signal };
  const answer = await loadTyped(typed);
  if ("reason" in answer) {
    const reason = `Go files were checked without types and without go vet: ${answer.reason}`;
    run.addPartial([{ path: ".", line: 1, reason }]);
    return false;
  }
  // Vet compiles what the probe had compiled for it, so it comes second, and beside the rules.
  const vet = runVet(typed, request.rules);
  try {
    await checkAll(answer.packages, signal, run);
  } finally {
    answer.dispose();
    run.addVet(await vet);
  }
  return true;
}

async function checkAll(packages: Iterable<GoPackage>, signal: AbortSignal, run: AreaRun): Promise<void> {
  const pause = createPause();
  for (const pkg of packages) {
    for (const _ of run.check(pkg)) {
      signal.throwIfAborted();
      await pause();
    }
  }
}

/** Signals come only when the event loop turns, and other areas run at the same time on this thread. */
const turnEveryMs = 50;

function createPause(): () => Promise<void> {
  let lastMs = performance.now();
  return async () => {
    if (performance.now() - lastMs < turnEveryMs) return Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    lastMs = performance.now();
  };
}

/** Files are read again rather than kept: a million lines of text must not stay in memory. */
function sourceTree({ files, readText }: AreaRequest): SourceTree {
  return { paths: files.map(({ path }) => path), read: readText };
}

/** The build that Go would make here: the request's, then the environment's, then the machine's. */
function buildContext({ env, cgo }: Pick<AreaRequest, "env" | "cgo">, build: GoBuild): BuildContext {
  return {
    goos: build.goos ?? (env["GOOS"] || systemName()),
    goarch: build.goarch ?? (env["GOARCH"] || architectureName()),
    tags: new Set(build.tags),
    cgo,
    goMinor: newestGoMinor,
  };
}

/** Without a toolchain nobody says which Go it is. */
const newestGoMinor = 26;

function systemName(): string {
  return process.platform === "win32" ? "windows" : process.platform;
}

function architectureName(): string {
  const names: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };
  return names[process.arch] ?? process.arch;
}

/** What the rules found so far, over packages and builds. */
class AreaRun {
  readonly #rules: readonly GoRule[];
  readonly #findings: Finding[] = [];
  readonly #partial: Partial[] = [];
  readonly #files = new Set<string>();
  #depth: "syntax" | "types" = "types";

  constructor(rules: readonly GoRule[]) {
    this.#rules = rules;
  }

  addPartial(partial: readonly Partial[]): void {
    this.#partial.push(...partial);
  }

  addVet({ findings, partial }: VetResult): void {
    this.#findings.push(...findings);
    this.#partial.push(...partial);
  }

  /** The lowest depth of all builds is the run's. */
  reached(depth: "syntax"): void {
    this.#depth = depth;
  }

  /** Gives way after each rule. */
  *check(pkg: GoPackage): Generator<undefined> {
    for (const file of pkg.files) this.#files.add(file.path);
    for (const rule of this.#rules) {
      if (rule.meta.depth === "types" && pkg.depth !== "types") continue;
      rule.check(
        pkg,
        createReport(rule.meta, (place: GoPlace) => place, this.#findings),
      );
      yield;
    }
    // Last, since rules may leave something out.
    this.addPartial(pkg.partial);
  }

  result(): AreaResult {
    return { findings: this.#findings, partial: this.#partial, checkedFiles: this.#files.size, depth: this.#depth };
  }
}
