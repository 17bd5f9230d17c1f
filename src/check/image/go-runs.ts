/** What rules about go commands in images ask again and again. */

import type { Fix } from "../finding.ts";
import type { GoFlag, GoInvocation } from "../shell/go-invocation.ts";
import { imageFacts } from "./base-image.ts";
import { goSetting, isImageKnown, rootStage, stepsUpTo } from "./go-places.ts";
import type { CopyStep, Dockerfile, ImageModel, Mount, RunStep, Stage, Step } from "./model.ts";
import { covers } from "./run-mount.ts";

/** One go command with all that stands around it. */
export interface GoRun {
  readonly dockerfile: Dockerfile;
  readonly stage: Stage;
  readonly step: RunStep;
  readonly go: GoInvocation;
}

const compilingVerbs = new Set(["build", "install", "test", "vet", "run"]);

/** The RUN steps of a Dockerfile that start go. */
export function goSteps(dockerfile: Dockerfile): readonly RunStep[] {
  return dockerfile.stages.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.kind === "run" && step.gos.length > 0 ? [step] : [])),
  );
}

/** Each go command of each Dockerfile. */
export function goRuns(model: ImageModel): readonly GoRun[] {
  return model.dockerfiles.flatMap((dockerfile) =>
    goSteps(dockerfile).flatMap((step) => step.gos.map((go) => ({ dockerfile, stage: step.stage, step, go }))),
  );
}

/** Whether a Dockerfile has to do with Go: its image, its commands, or what it sets. */
export function concernsGo(dockerfile: Dockerfile): boolean {
  const hasGoImage = dockerfile.stages.some(({ image }) => imageFacts(image)?.go !== undefined);
  return hasGoImage || goSteps(dockerfile).length > 0;
}

/** Whether the command compiles packages of the source that was copied in. A tool at a fixed version is not that. */
export function isCompile({ verb, args }: GoInvocation): boolean {
  return compilingVerbs.has(verb) && !args.some(({ text }) => text.includes("@"));
}

export function flagOf({ flags }: GoInvocation, name: string): GoFlag | undefined {
  return flags.find((flag) => flag.name === name);
}

/** Flags of GOFLAGS, without dashes: `mod=mod`. Empty when it is not set or not known. */
function environmentFlags(step: RunStep, go: GoInvocation): readonly string[] {
  const setting = goSetting(step, go, "GOFLAGS");
  const text = setting.state === "known" ? setting.value : "";
  return text.split(/\s+/).flatMap((word) => (word.startsWith("-") ? [word.replace(/^--?/, "")] : []));
}

/** The value of a flag, from the command or from GOFLAGS; empty for a switch. */
export function flagValue(step: RunStep, go: GoInvocation, name: string): string | undefined {
  const own = flagOf(go, name);
  if (own !== undefined) return own.value ?? "";
  const found = environmentFlags(step, go).find((flag) => flag === name || flag.startsWith(`${name}=`));
  return found === undefined ? undefined : found.slice(name.length + 1);
}

/** The mount in which `path` lies. */
export function mountOver(step: RunStep, path: string): Mount | undefined {
  return step.mounts.find((mount) => covers(mount, path));
}

/** COPY or ADD that takes everything from the context: `COPY . .` */
export function isWholeContext(step: Step): step is CopyStep {
  return step.kind === "copy" && step.from === undefined && step.sources.some(({ text }) => /^\.?\/?$/.test(text));
}

/** Whether files of the context are there when the step runs: copied, or mounted. */
export function hasContext(step: RunStep): boolean {
  const isMounted = step.mounts.some(({ type, options }) => type === "bind" && !options.has("from"));
  const isCopied = stepsUpTo(step).some(
    (other) =>
      other.kind === "copy" && other.from === undefined && !other.sources.every(({ text }) => isModuleFile(text)),
  );
  return isMounted || isCopied;
}

/** Whether a source of COPY is go.mod or such: what a download needs, and no more. */
export function isModuleFile(text: string): boolean {
  return /(?:^|\/)go\.(?:mod|sum|work|\*|work\.sum|mod\*|sum\*)$|^go\.\*$|(?:^|\/)go\.(?:mod|sum)\*?$/.test(text);
}

/** Whether dependencies come from a vendor folder. */
export function isVendored(step: RunStep, go: GoInvocation): boolean {
  return step.stage.dockerfile.hasVendor || flagValue(step, go, "mod") === "vendor";
}

/** Whether this stage, or one that goes on from it, is the image that a plain build gives. */
export function isFinal(stage: Stage): boolean {
  const last = stage.dockerfile.stages.at(-1);
  const lineage = (one: Stage | undefined): boolean => one !== undefined && (one === stage || lineage(one.parent));
  return lineage(last);
}

/** Whether the stage has a C compiler: of its image, or installed. */
export function hasCompiler(step: RunStep): boolean {
  const facts = imageFacts(rootStage(step.stage).image);
  return facts?.hasCompiler === true || installsCompiler(step);
}

/** Whether a step up to this one installs a C compiler or C headers. */
export function installsCompiler(step: RunStep): boolean {
  return stepsUpTo(step).some(
    (other) =>
      other.kind === "run" &&
      other.commands.some(({ words }) => {
        const texts = words.map(({ text }) => text);
        const isInstall = /(?:^|\/)(?:apk|apt-get|apt|dnf|yum|microdnf)$/.test(texts[0] ?? "") && texts.length > 2;
        return (
          isInstall &&
          texts.some((text) => /^(?:gcc|g\+\+|clang|build-base|build-essential|musl-dev|libc6-dev)\b/.test(text))
        );
      }),
  );
}

/** CGO_ENABLED for the command: what is set, or what go decides by itself; `undefined` when that is not known. */
export function isCgoOn(step: RunStep, go: GoInvocation): boolean | undefined {
  const setting = goSetting(step, go, "CGO_ENABLED");
  if (setting.state === "known") return setting.value !== "0";
  if (setting.state === "unknown" || !isImageKnown(step.stage)) return undefined;
  return hasCompiler(step);
}

/** An edit of the step's own file as a fix. */
export function fixOf(
  dockerfile: Dockerfile,
  title: string,
  safety: Fix["safety"],
  edits: readonly { readonly start: number; readonly end: number; readonly text: string }[],
): Fix {
  return { title, safety, edits: edits.map((edit) => ({ path: dockerfile.path, ...edit })) };
}

/** Adds mounts right after RUN. */
export function mountInsertion(step: RunStep, mounts: readonly string[]): { start: number; end: number; text: string } {
  return { start: step.keywordEnd, end: step.keywordEnd, text: mounts.map((mount) => ` ${mount}`).join("") };
}
