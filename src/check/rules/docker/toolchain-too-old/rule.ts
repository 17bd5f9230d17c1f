import { imageFacts } from "../../../image/base-image.ts";
import { goSetting, rootStage } from "../../../image/go-places.ts";
import { fixOf, goSteps, hasContext, isCompile } from "../../../image/go-runs.ts";
import type { RunStep } from "../../../image/model.ts";
import type { DockerRule } from "../../../image/rule.ts";
import type { Fix } from "../../../finding.ts";
import { isOlderGo } from "../../../go-module.ts";
import type { GoInvocation } from "../../../shell/go-invocation.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/toolchain-too-old",
    title: "the image's Go is older than go.mod asks for",
    category: "reproducibility",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      const step = goSteps(dockerfile).find((one) => moduleCommand(one) !== undefined && copiesModule(one));
      const go = step === undefined ? undefined : moduleCommand(step);
      const wanted = dockerfile.module?.goVersion;
      if (step === undefined || go === undefined || wanted === undefined || step.isTrigger) continue;
      const root = rootStage(step.stage);
      const has = imageFacts(root.image)?.go?.version;
      if (has === undefined || !isTooOld(has, wanted)) continue;
      const end = outcome(step, go, has, wanted);
      if (end === undefined) continue;
      const fix = tagFix(step, has, wanted);
      report(dockerfile.place(root.image), {
        message: `${root.image.text} is older than the go ${wanted} of go.mod: ${end.message}`,
        why: end.why,
        severity: end.severity,
        related: [{ place: dockerfile.place(go.command), message: `go ${go.verb} runs into it here` }],
        ...(fix === undefined ? {} : { fix }),
      });
    }
  },
};

function moduleCommand({ gos }: RunStep): GoInvocation | undefined {
  return gos.find((go) => isCompile(go) || go.verb === "mod download" || go.verb === "mod verify");
}

/** go.mod, or all, is copied before. */
function copiesModule(step: RunStep): boolean {
  return (
    hasContext(step) ||
    step.stage.steps.some((one) => one.kind === "copy" && one.start < step.start && one.from === undefined)
  );
}

/** A tag without a patch is the newest patch of its minor version. */
function isTooOld(has: string, wanted: string): boolean {
  const minorOf = (version: string): string => version.split(".").slice(0, 2).join(".");
  return /^\d+\.\d+$/.test(has) ? isOlderGo(has, minorOf(wanted)) : isOlderGo(has, wanted);
}

interface Outcome {
  readonly message: string;
  readonly why: string;
  readonly severity: "error" | "warning";
}

/** What go does then; it depends on its age and on GOTOOLCHAIN. */
function outcome(step: RunStep, go: GoInvocation, has: string, wanted: string): Outcome | undefined {
  if (isOlderGo(has, "1.21")) {
    const why = "Before 1.21 go tries a newer module's code, and fails where it needs what is new.";
    return { message: "it builds as far as it understands the code", why, severity: "warning" };
  }
  const toolchain = goSetting(step, go, "GOTOOLCHAIN");
  if (toolchain.state === "unknown") return undefined;
  const value = toolchain.state === "known" ? toolchain.value : "auto";
  if (value === "local") {
    const why = "The official images set GOTOOLCHAIN=local, so go fetches no newer toolchain and exits.";
    return { message: `go ${go.verb} ends with "go.mod requires go >= ${wanted}"`, why, severity: "error" };
  }
  const isFixed = /^go\d/.test(value) && !isOlderGo(value.slice(2), wanted);
  const why = "The toolchain of the image is not the one that builds, and the one that does is fetched in each build.";
  return { message: `each build downloads go${isFixed ? value.slice(2) : wanted} first`, why, severity: "warning" };
}

function tagFix(step: RunStep, has: string, wanted: string): Fix | undefined {
  const { image } = rootStage(step.stage);
  const { tag, tagSpan, digest } = image;
  if (tag === undefined || tagSpan === undefined || digest !== undefined) return undefined;
  const version = /^\d+\.\d+$/.test(has) ? wanted.split(".").slice(0, 2).join(".") : wanted;
  const text = tag.replace(has, version);
  return fixOf(step.stage.dockerfile, `take the tag ${text}`, "unsafe", [{ ...tagSpan, text }]);
}
