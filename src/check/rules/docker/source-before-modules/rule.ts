import { goModCacheSetting } from "../../../image/go-places.ts";
import {
  fixOf,
  goSteps,
  isCompile,
  isModuleFile,
  isVendored,
  isWholeContext,
  mountOver,
} from "../../../image/go-runs.ts";
import type { CopyStep, RunStep } from "../../../image/model.ts";
import type { DockerRule } from "../../../image/rule.ts";
import type { Fix } from "../../../finding.ts";
import type { GoInvocation } from "../../../shell/go-invocation.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/source-before-modules",
    title: "modules are downloaded after the source was copied",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      const step = goSteps(dockerfile).find((one) => downloaderOf(one) !== undefined);
      const go = step === undefined ? undefined : downloaderOf(step);
      const copy = step === undefined ? undefined : sourceCopy(step);
      if (step === undefined || go === undefined || copy === undefined || !needsDownload(step, go)) continue;
      const fix = fixFor(step, copy, go);
      report(dockerfile.place(go.command), {
        message: `go ${go.verb} downloads all modules again when any file changes: ${copy.keyword} ${copy.sources[0]?.text ?? "."} comes before it`,
        why: "With go.mod and go.sum copied first, the download is a layer of its own that source changes leave alone.",
        related: [{ place: dockerfile.place(copy), message: "the whole source is copied here" }],
        ...(fix === undefined ? {} : { fix }),
      });
    }
  },
};

/** The first command of a step that fetches modules. */
function downloaderOf(step: RunStep): GoInvocation | undefined {
  return step.isTrigger ? undefined : step.gos.find((go) => go.verb === "mod download" || isCompile(go));
}

/** The copy of everything before the step, unless go.mod was copied before that. */
function sourceCopy(step: RunStep): CopyStep | undefined {
  const before = step.stage.steps.filter((other) => other.start < step.start);
  const hasModules = before.some(
    (other) => other.kind === "copy" && other.sources.some(({ text }) => isModuleFile(text)),
  );
  return hasModules ? undefined : before.find(isWholeContext);
}

function needsDownload(step: RunStep, go: GoInvocation): boolean {
  const { module } = step.stage.dockerfile;
  const modules = goModCacheSetting(step, go);
  // Where the module cache is not known, any cache mount may be it.
  const isMounted =
    modules.state === "known"
      ? mountOver(step, modules.value) !== undefined
      : step.mounts.some(({ type }) => type === "cache");
  const hasModules = go.verb === "mod download" ? module?.hasRequirements !== false : module?.hasRequirements === true;
  return hasModules && !isMounted && !isVendored(step, go);
}

/** Where go.mod and go.sum are enough to download: no replacement by a folder, no workspace, nothing private. */
function fixFor(step: RunStep, copy: CopyStep, go: GoInvocation): Fix | undefined {
  const { dockerfile } = step.stage;
  const { module, hasWorkspace, source, context, ignore } = dockerfile;
  const isPlain = module?.hasSum === true && !module.hasLocalReplace && !hasWorkspace && module.folder === context;
  const isHere = /^\.\/?$/.test(copy.destination) && copy.sources.length === 1;
  const isPrivate = /GOPRIVATE|insteadOf|type=(?:secret|ssh)|netrc/.test(source.text);
  const isLeftOut = ignore.excludes("go.mod") || ignore.excludes("go.sum");
  if (!isPlain || !isHere || isPrivate || isLeftOut) return undefined;
  const lines = "COPY go.mod go.sum ./\nRUN go mod download\n";
  const isAlone = go.verb === "mod download" && step.commands.length === 1 && step.mounts.length === 0;
  const lineEnd = source.text.indexOf("\n", step.end);
  const removal = { start: step.start, end: lineEnd === -1 ? step.end : lineEnd + 1, text: "" };
  return fixOf(dockerfile, "copy go.mod and go.sum first and download in a layer of their own", "safe", [
    { start: copy.start, end: copy.start, text: lines },
    ...(isAlone ? [removal] : []),
  ]);
}
