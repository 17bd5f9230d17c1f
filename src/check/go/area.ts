/** The area `go`, as the engine runs it. */

import type { AreaRequest, GoBuild, RunArea } from "../area.ts";
import type { RuleMeta } from "../rule.ts";
import type { SourceTree } from "../source-tree.ts";
import { AreaRun } from "./area-run.ts";
import type { BuildContext } from "./load/build-constraint.ts";
import { loadSyntax } from "./load/load-syntax.ts";
import { ProgramIndex } from "./program-index.ts";
import type { GoRule } from "./rule.ts";
import { makeStandardLibrary } from "./syntax/standard-library.ts";
import { checkTyped } from "./typed/check-typed.ts";
import { loadTyped } from "./typed/load-typed.ts";
import { vetRules } from "./vet/analysers.ts";
import { vetFindings } from "./vet/vet-output.ts";

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
  const index = new ProgramIndex(makeStandardLibrary());
  const tree = sourceTree(request);
  let left = tree;
  if (request.depth === "types") {
    const { root, cgo, env, signal } = request;
    const answer = await loadTyped({ root, tree, build, cgo, env, signal });
    run.addPartial(answer.partial);
    run.addFindings(vetFindings(answer.vet, root, wantedVetRules(request.rules)));
    const typed = await checkTyped({ root, tree, index, records: answer.records, kept: request.kept, signal }, run);
    left = { ...tree, paths: tree.paths.filter((path) => !typed.has(path)) };
  }
  await checkSyntax(request, build, left, index, run);
}

/** What Go has not said anything of: everything without types; with them, what does not compile, or is not Go's to build. */
async function checkSyntax(
  request: AreaRequest,
  build: GoBuild,
  tree: SourceTree,
  index: ProgramIndex,
  run: AreaRun,
): Promise<void> {
  const hasTyped = index.packagePaths.size > 0;
  const { packages, partial } = loadSyntax(tree, buildContext(request, build), index);
  run.addPartial(partial);
  for (const pkg of packages) {
    if (hasTyped) run.addPartial(pkg.files.slice(0, 1).map(({ path }) => ({ path, line: 1, reason: notTyped })));
    await run.check(pkg, request.signal);
  }
  if (!hasTyped) run.reached("syntax");
}

const notTyped =
  "the package was checked without types and without go vet: it, or what it imports, does not compile here";

function wantedVetRules(wanted: ReadonlySet<string>): ReadonlyMap<string, RuleMeta> {
  return new Map(vetRules.filter(({ id }) => wanted.has(id)).map((rule) => [rule.id, rule]));
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
