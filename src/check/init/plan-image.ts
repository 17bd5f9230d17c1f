/** What `ballast image init` writes: a Dockerfile for one program, and what keeps the rest of the checkout out of it. */

import type { Finding } from "../finding.ts";
import { dockerfileText } from "./dockerfile-text.ts";
import type { ImageChoices } from "./dockerfile-text.ts";
import { initErrors } from "./errors.ts";
import type { FileChange } from "./file-change.ts";
import { findIn, overlayTree } from "./overlay.ts";
import { openRepository } from "./plan-repository.ts";
import type { InitRequest } from "./plan-repository.ts";
import type { GoProgram, RepositoryView } from "./repository-view.ts";
import { dockerignoreText } from "./written-files.ts";

export interface ImageRequest extends Omit<InitRequest, "ci">, ImageChoices {
  /** A program's name or folder; needed where there are several. */
  readonly program: string | undefined;
  /** Where it is written, below the root. */
  readonly path: string;
  /** Whether a Dockerfile that is there is replaced. */
  readonly force: boolean;
}

export interface ImagePlan {
  readonly root: string;
  readonly program: GoProgram;
  readonly changes: readonly FileChange[];
  /** What `ballast check` says of the new file; empty unless a choice goes against a rule. */
  readonly findings: readonly Finding[];
}

/** An image's name and what may stand behind it: nothing that a Dockerfile would read as more than one word. */
const imageName = /^[\w][\w.:/@+-]{0,254}$/;

/** Throws `check/init-no-module`, `check/image-no-program`, `check/image-exists` and `check/image-name-odd`. */
export async function planImage(request: ImageRequest): Promise<ImagePlan> {
  for (const name of [request.base, request.runtime]) {
    const isOdd = name !== undefined && !imageName.test(name);
    if (isOdd) throw initErrors.error("check/image-name-odd", JSON.stringify(name));
  }
  const { root, tree, view } = await openRepository(request);
  const { path, env, signal } = request;
  const before = tree.read(path);
  if (before !== undefined && !request.force) throw initErrors.error("check/image-exists", path);
  const program = chooseProgram(view, request.program);
  const after = dockerfileText(view, program, request);
  const texts = new Map([[path, after]]);
  const reason = `builds ${program.name} with both caches of Go mounted`;
  const changes: FileChange[] = [{ path, before, after, reasons: [reason] }];
  if (tree.read(".dockerignore") === undefined) {
    texts.set(".dockerignore", dockerignoreText());
    const reasons = ["keeps .git and pipelines out of images"];
    changes.push({ path: ".dockerignore", before: undefined, after: dockerignoreText(), reasons });
  }
  const findings = await findIn(overlayTree(tree, texts), { root, env, signal });
  return { root, program, changes, findings: findings.filter((finding) => finding.path === path) };
}

function chooseProgram({ programs }: RepositoryView, wanted: string | undefined): GoProgram {
  const [only] = programs;
  if (only === undefined) throw initErrors.error("check/image-no-program", "no package main that is shipped");
  if (wanted === undefined) {
    if (programs.length === 1) return only;
    const names = programs.slice(0, 20).map(({ folder }) => folder || ".");
    throw initErrors.error("check/image-no-program", `there are ${programs.length}: ${names.join(", ")}`);
  }
  const folder = wanted.replace(/^\.\/?/, "").replace(/\/$/, "");
  const found = programs.find((program) => program.folder === folder || program.name === wanted);
  if (found !== undefined) return found;
  throw initErrors.error("check/image-no-program", `${JSON.stringify(wanted)} is none of them`);
}
