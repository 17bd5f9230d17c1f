/** What `ballast init` would change: files that are missing, and safe fixes of those that are there. */

import { applyEdits, chooseFixes } from "../engine/fixes.ts";
import type { Finding } from "../finding.ts";
import type { SourceTree } from "../source-tree.ts";
import type { FileChange } from "./file-change.ts";
import { findIn, overlayTree } from "./overlay.ts";
import type { OverlayRequest } from "./overlay.ts";
import type { CiPlatform, RepositoryView } from "./repository-view.ts";
import { dockerfileText } from "./dockerfile-text.ts";
import { dockerignoreText, githubWorkflow, gitlabPipeline, settingsText } from "./written-files.ts";

export interface InitPlan {
  readonly changes: readonly FileChange[];
  /** What `ballast check` still reports of pipelines, Dockerfiles and manifests: it needs a person. */
  readonly left: readonly Finding[];
  readonly notes: readonly string[];
}

export interface PlanRequest extends OverlayRequest {
  readonly tree: SourceTree;
  readonly view: RepositoryView;
  /** For which platform a pipeline is written where there is none; `undefined`: none. */
  readonly platform: CiPlatform | undefined;
}

/** A fix may bring another finding; more rounds than this mean that two of them undo each other. */
const maxRounds = 6;

/** Makes the plan. Writes nothing. */
export async function planChanges(request: PlanRequest): Promise<InitPlan> {
  const { tree, view } = request;
  const notes: string[] = [];
  const texts = new Map<string, string>();
  const reasons = new Map<string, string[]>();
  for (const { path, text, reason } of missingFiles(request, notes)) {
    texts.set(path, text);
    reasons.set(path, [reason]);
  }
  const left = await settle(request, texts, reasons);
  const changes = [...texts].map(([path, after]): FileChange => {
    return { path, before: tree.read(path), after, reasons: reasons.get(path) ?? [] };
  });
  if (view.oddNames.length > 0) {
    notes.push(`left out, since their names need quoting in a shell: ${view.oddNames.slice(0, 5).join(", ")}`);
  }
  return { changes: changes.filter(({ before, after }) => before !== after), left, notes };
}

interface NewFile {
  readonly path: string;
  readonly text: string;
  readonly reason: string;
}

function missingFiles({ tree, view, platform }: PlanRequest, notes: string[]): NewFile[] {
  const files: NewFile[] = [];
  if (!view.hasSettings) files.push({ path: "ballast.yaml", text: settingsText(), reason: "settings, to begin with" });
  if (view.pipelines.length === 0 && !view.hasJenkinsfile) files.push(...pipelineFile(view, platform));
  const [program] = view.programs;
  if (program === undefined) notes.push("no program in it: no Dockerfile is written");
  if (program === undefined || view.dockerfiles.length > 0) return files;
  const reason = `builds ${program.name} with both caches of Go mounted`;
  files.push({ path: "Dockerfile", text: dockerfileText(view, program), reason });
  if (tree.read(".dockerignore") === undefined) {
    files.push({ path: ".dockerignore", text: dockerignoreText(), reason: "keeps .git and pipelines out of images" });
  }
  return files;
}

function pipelineFile(view: RepositoryView, platform: CiPlatform | undefined): NewFile[] {
  const reason = "builds, vets and tests with a cache that each run saves";
  if (platform === "github") return [{ path: ".github/workflows/go.yml", text: githubWorkflow(view), reason }];
  return platform === "gitlab" ? [{ path: ".gitlab-ci.yml", text: gitlabPipeline(view), reason }] : [];
}

/** Fixes what is there. A missing .dockerignore is no fix of a rule, since a fix changes files that exist. */
async function settle(
  request: PlanRequest,
  texts: Map<string, string>,
  reasons: Map<string, string[]>,
): Promise<readonly Finding[]> {
  const left = await applySafeFixes(request, texts, reasons);
  const copiesGit = left.some(({ rule, path }) => rule === "docker/git-in-context" && !path.includes("/"));
  if (!copiesGit || request.tree.read(".dockerignore") !== undefined) return left;
  texts.set(".dockerignore", dockerignoreText());
  reasons.set(".dockerignore", ["docker/git-in-context: leave .git out of images"]);
  return applySafeFixes(request, texts, reasons);
}

/** Applies safe fixes round by round; returns what is found in the end. */
async function applySafeFixes(
  request: PlanRequest,
  texts: Map<string, string>,
  reasons: Map<string, string[]>,
): Promise<readonly Finding[]> {
  for (let round = 0; ; round += 1) {
    const tree = overlayTree(request.tree, texts);
    const findings = await findIn(tree, request);
    const fixes = round < maxRounds ? chooseFixes(findings, "safe") : [];
    if (fixes.length === 0) return findings;
    for (const finding of findings) {
      if (finding.fix === undefined || !fixes.includes(finding.fix)) continue;
      for (const { path } of finding.fix.edits) noteReason(reasons, path, `${finding.rule}: ${finding.fix.title}`);
    }
    const edits = Map.groupBy(
      fixes.flatMap((fix) => fix.edits),
      ({ path }) => path,
    );
    for (const [path, own] of edits) {
      const text = tree.read(path);
      if (text !== undefined) texts.set(path, applyEdits(text, own));
    }
  }
}

function noteReason(reasons: Map<string, string[]>, path: string, reason: string): void {
  const known = reasons.get(path) ?? [];
  if (!known.includes(reason)) reasons.set(path, [...known, reason]);
}
