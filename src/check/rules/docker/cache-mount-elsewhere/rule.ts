import { goCacheSetting, goModCacheSetting } from "../../../image/go-places.ts";
import { fixOf, goSteps, isCompile, mountOver } from "../../../image/go-runs.ts";
import type { Mount, RunStep, Setting } from "../../../image/model.ts";
import type { DockerRule, ImagePlace } from "../../../image/rule.ts";
import type { Report } from "../../../rule.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/cache-mount-elsewhere",
    title: "a cache mount lies where go does not keep its cache",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      for (const step of goSteps(dockerfile)) {
        const go = step.gos.find((one) => isCompile(one) || one.verb === "mod download");
        if (go === undefined) continue;
        if (isCompile(go)) checkCache(step, goCacheSetting(step, go), "GOCACHE", isBuildCache, report);
        checkCache(step, goModCacheSetting(step, go), "GOMODCACHE", isModuleCache, report);
      }
    }
  },
};

function isBuildCache({ type, target = "" }: Mount): boolean {
  return type === "cache" && /(?:^|\/)(?:go-build|go-cache|gocache|gobuild|\.cache)$/i.test(target);
}

function isModuleCache({ type, target = "" }: Mount): boolean {
  return type === "cache" && /\/pkg\/mod$|\/pkg$|(?:^|\/)(?:gomodcache|go-mod|gomod)$/i.test(target);
}

function checkCache(
  step: RunStep,
  setting: Setting,
  variable: string,
  isMeant: (mount: Mount) => boolean,
  report: Report<ImagePlace>,
): void {
  if (setting.state !== "known" || !setting.value.startsWith("/")) return;
  if (mountOver(step, setting.value) !== undefined) return;
  const mount = step.mounts.find(isMeant);
  if (mount === undefined) return;
  const { dockerfile } = step.stage;
  const target = mount.targetSpan;
  const title = `mount it at ${setting.value}`;
  report(dockerfile.place(mount), {
    message: `the cache mount at ${mount.target ?? "?"} stays empty: ${variable} is ${setting.value} for ${userText(step)}`,
    why: "A mount caches only what is written below it, and go writes elsewhere without a word.",
    ...(target === undefined ? {} : { fix: fixOf(dockerfile, title, "safe", [{ ...target, text: setting.value }]) }),
  });
}

function userText(step: RunStep): string {
  return step.state.user === undefined ? "this step" : `the user ${step.state.user}`;
}
