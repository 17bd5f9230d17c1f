import { goCacheSetting, goModCacheSetting, stepsUpTo } from "../../../image/go-places.ts";
import {
  fixOf,
  goSteps,
  hasContext,
  isCompile,
  isVendored,
  mountInsertion,
  mountOver,
} from "../../../image/go-runs.ts";
import type { Mount, RunStep } from "../../../image/model.ts";
import { covers } from "../../../image/run-mount.ts";
import type { DockerRule } from "../../../image/rule.ts";
import type { Fix } from "../../../finding.ts";
import type { GoInvocation } from "../../../shell/go-invocation.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/no-cache-mount",
    title: "go compiles in an image build without a cache mount",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      for (const step of goSteps(dockerfile)) {
        const go = step.gos.find(isCompile);
        if (go === undefined || step.isTrigger || hasOtherCache(step, go) || !hasContext(step)) continue;
        const setting = goCacheSetting(step, go);
        const cache = setting.state === "known" && setting.value.startsWith("/") ? setting.value : undefined;
        if (cache === undefined || mountOver(step, cache) !== undefined || isCopiedIn(step, cache)) continue;
        const fix = fixFor(step, go, cache);
        report(dockerfile.place(go.command), {
          message: `go ${go.verb} compiles every package again when a copied file changes: no cache mount holds ${cache}`,
          why: "A layer is built from nothing as soon as anything before it changes, and Go's build cache goes with it.",
          confidence: "medium",
          ...(fix === undefined ? {} : { fix }),
        });
      }
    }
  },
};

/** A cache mount that is meant for this but lies elsewhere is another rule's finding; one for modules is not meant for it. */
function hasOtherCache(step: RunStep, go: GoInvocation): boolean {
  const modules = goModCacheSetting(step, go);
  const isForModules = (mount: Mount): boolean => modules.state === "known" && covers(mount, modules.value);
  return step.mounts.some((mount) => mount.type === "cache" && !isForModules(mount));
}

/** Whether the cache is brought into the image before, by COPY --from or ADD. */
function isCopiedIn(step: RunStep, cache: string): boolean {
  return stepsUpTo(step).some((other) => other.kind === "copy" && other.destination.replace(/\/$/, "") === cache);
}

/** Only for root, who owns what a mount creates. */
function fixFor(step: RunStep, go: GoInvocation, cache: string): Fix | undefined {
  if (step.state.user !== "root") return undefined;
  const modules = goModCacheSetting(step, go);
  const isDownloaded = stepsUpTo(step).some(
    (other) => other.kind === "run" && other !== step && other.gos.some(({ verb }) => verb === "mod download"),
  );
  const isMounted = modules.state === "known" && mountOver(step, modules.value) !== undefined;
  const isNeeded = modules.state === "known" && !isMounted && !isDownloaded && !isVendored(step, go);
  const targets = isNeeded ? [cache, modules.value] : [cache];
  const { dockerfile } = step.stage;
  const mounts = targets.map((target) => `--mount=type=cache,target=${target}`);
  // The classic builder refuses --mount, so it is safe only where BuildKit is needed anyway.
  return fixOf(dockerfile, "mount a cache", dockerfile.needsBuildKit ? "safe" : "unsafe", [
    mountInsertion(step, mounts),
  ]);
}
