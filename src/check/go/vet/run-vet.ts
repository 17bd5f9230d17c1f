/** Runs `go vet` in each module and takes what it finds. */

import { join } from "node:path";

import { runProcess } from "../../../core/process.ts";
import type { Finding, Partial } from "../../finding.ts";
import { readLayout } from "../load/module-layout.ts";
import { safeGoEnvironment } from "../typed/go-environment.ts";
import type { TypedRequest } from "../typed/load-typed.ts";
import { vetRules } from "./analysers.ts";
import { vetFindings } from "./vet-output.ts";

export interface VetResult {
  readonly findings: readonly Finding[];
  readonly partial: readonly Partial[];
}

const vetDeadlineMs = 900_000;

/** The findings of the wanted analysers. Where vet does not come to an end, that is said in `partial`. */
export async function runVet(request: TypedRequest, wanted: ReadonlySet<string>): Promise<VetResult> {
  const rules = new Map(vetRules.filter(({ id }) => wanted.has(id)).map((rule) => [rule.id, rule]));
  if (rules.size === 0) return { findings: [], partial: [] };
  const findings: Finding[] = [];
  const partial: Partial[] = [];
  for (const { folder } of readLayout(request.tree).modules) {
    const output = await vetModule(request, join(request.root, folder));
    findings.push(...vetFindings(output.text, request.root, rules));
    if (output.problem === undefined) continue;
    partial.push({
      path: join(folder, "go.mod"),
      line: 1,
      reason: `go vet did not check everything: ${output.problem}`,
    });
  }
  return { findings, partial };
}

async function vetModule(
  request: TypedRequest,
  folder: string,
): Promise<{ text: string; problem: string | undefined }> {
  const { build, cgo, signal } = request;
  const env = safeGoEnvironment(request.env, { goos: build.goos, goarch: build.goarch, cgo });
  const tags = build.tags.length === 0 ? [] : [`-tags=${build.tags.join(",")}`];
  const argv = ["go", "vet", "-json", ...tags, "./..."];
  try {
    const result = await runProcess({ argv, cwd: folder, env, deadlineMs: vetDeadlineMs, signal });
    const problem = result.exitCode === 0 ? undefined : (errorLine(result.stderr) ?? "it failed");
    return { text: `${result.stdout}\n${result.stderr}`, problem };
  } catch (cause) {
    return { text: "", problem: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** The first line that is neither a package's heading nor JSON. */
function errorLine(stderr: string): string | undefined {
  return stderr.split("\n").find((line) => /^[^#{}\s]/.test(line));
}
