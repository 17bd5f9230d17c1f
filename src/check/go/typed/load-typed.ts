/** All packages of a tree with types, from Go's own type checker by way of the probe, and what go vet says of them. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";

import { runProcess, type ProcessResult } from "../../../core/process.ts";
import type { GoBuild } from "../../area.ts";
import type { Partial } from "../../finding.ts";
import type { SourceTree } from "../../source-tree.ts";
import { readLayout } from "../load/module-layout.ts";
import { vetAnalysers } from "../vet/analysers.ts";
import { safeGoEnvironment, type Environment } from "./go-environment.ts";
import { prepareProbe } from "./probe-build.ts";
import { inOrder } from "./record-order.ts";
import { splitOutput, type PackedRecord } from "./record.ts";

export interface TypedRequest {
  /** The folder that the tree's paths are relative to. */
  readonly root: string;
  readonly tree: SourceTree;
  readonly build: GoBuild;
  readonly cgo: boolean;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export interface TypedAnswer {
  /** A package comes after those that it imports. What does not compile is not among them, nor what imports it. */
  readonly records: readonly PackedRecord[];
  /** What go vet printed besides. */
  readonly vet: string;
  readonly partial: readonly Partial[];
}

/** Go compiles what is not in its cache for its export data. */
const deadlineMs = 900_000;
/** A line takes some 60 bytes as it is printed. */
const outputCapBytes = 1_000_000_000;

/** Asks Go about each module of the tree. Of a module that Go refuses, the reason is in `partial`. */
export async function loadTyped(request: TypedRequest): Promise<TypedAnswer> {
  const { modules } = readLayout(request.tree);
  const records = new Map<string, PackedRecord>();
  const vet: string[] = [];
  const partial: Partial[] = [];
  if (modules.length === 0) partial.push(withoutTypes("", "there is no go.mod"));
  for (const { folder } of modules) {
    const answer = await askGo(request, join(request.root, folder));
    if ("reason" in answer) {
      partial.push(withoutTypes(folder, answer.reason));
      continue;
    }
    const { records: own, others } = splitOutput(answer.output);
    // A workspace's modules may name one package twice; it is the same.
    for (const record of own) records.set(record.path, record);
    vet.push(others);
    partial.push(...complaintsOf([...own.map((record) => record.vet), answer.stderr].join("\n"), request.root, folder));
  }
  return { records: inOrder([...records.values()]), vet: vet.join("\n"), partial };
}

function withoutTypes(folder: string, reason: string): Partial {
  const path = folder === "" ? "." : `${folder}/go.mod`;
  return { path, line: 1, reason: `Go files were checked without types and without go vet: ${reason}` };
}

type Answer = { readonly output: string; readonly stderr: string } | { readonly reason: string };

/**
 * One go vet for everything: Go decides what has to be looked at again, and keeps what was said of the rest. A package that
 * Go cannot even load would end it for all, so that those without fault are then named one by one.
 */
async function askGo(request: TypedRequest, folder: string): Promise<Answer> {
  const { build, cgo, env, signal } = request;
  const probe = await prepareProbe({ folder, env, signal });
  if ("reason" in probe) return probe;
  const safe = safeGoEnvironment(env, { goos: build.goos, goarch: build.goarch, cgo });
  const tags = build.tags.length === 0 ? [] : [`-tags=${build.tags.join(",")}`];
  const go = (...argv: readonly string[]): Promise<ProcessResult> => {
    return runProcess({ argv: ["go", ...argv], cwd: folder, env: safe, deadlineMs, outputCapBytes, signal });
  };
  const work = mkdtempSync(join(tmpdir(), "ballast-vet-"));
  const vet = async (packages: readonly string[]): Promise<ProcessResult> => {
    const flags = [`-vettool=${probe.path}`, "-json", ...vetAnalysers, ...tags];
    const argv = ["go", "vet", ...flags, "--", ...packages];
    const stdoutFile = join(work, "stdout");
    // Through a pipe, 15 MB took longer to read than all that is done with them.
    const limits = { deadlineMs, outputCapBytes, stdoutFile, signal };
    const result = await runProcess({ argv, cwd: folder, env: { ...safe, BALLAST_PROBE_VET: probe.vet }, ...limits });
    return { ...result, stdout: readFileSync(stdoutFile, "utf8") };
  };
  try {
    const all = await vet(["./..."]);
    // Of Go's versions some print what the tool says to stdout and some to stderr.
    if (all.exitCode === 0 || /^\{"/m.test(all.stdout) || /^\{"/m.test(all.stderr)) return outputOf(all);
    const listed = await go("list", "-e", "-json=ImportPath,Incomplete", ...tags, "./...");
    if (listed.exitCode !== 0) return { reason: firstLine(listed.stderr) ?? "go list did not finish" };
    const sound = soundPackages(listed.stdout);
    if (sound.length === 0) return outputOf(all);
    const some = await vet(sound);
    return outputOf({ ...some, stderr: `${all.stderr}\n${some.stderr}` });
  } catch (cause) {
    return { reason: cause instanceof Error ? cause.message : String(cause) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function outputOf({ stdout, stderr }: ProcessResult): Answer {
  return { output: `${stdout}\n${stderr}`, stderr };
}

/** `go list -json` prints objects, each from a line `{` to a line `}`. */
function soundPackages(output: string): string[] {
  return [...output.matchAll(/^\{$[\s\S]*?^\}$/gm)].flatMap(([text]) => {
    const { ImportPath, Incomplete } = JSON.parse(text) as { ImportPath?: string; Incomplete?: boolean };
    return ImportPath === undefined || Incomplete === true ? [] : [ImportPath];
  });
}

/** So many are enough to see what is wrong. */
const complaintsMax = 50;

/** What the compiler, or vet, says of places in files. */
function complaintsOf(text: string, root: string, folder: string): Partial[] {
  const places = text.matchAll(/^(?:vet: )?((?:\.{0,2}\/|\w)[^:\n]*\.go):(\d+)(?::\d+)?: (.*)$/gm);
  return [...places].slice(0, complaintsMax).map(([, path = "", line, said = ""]) => {
    const absolute = isAbsolute(path) ? path : join(root, folder, path);
    return { path: relative(root, absolute), line: Number(line), reason: `go vet did not check everything: ${said}` };
  });
}

function firstLine(text: string): string | undefined {
  return text.trim().split("\n")[0] || undefined;
}
