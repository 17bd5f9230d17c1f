import { goCacheSetting } from "../../../image/go-places.ts";
import { goSteps, isCompile, mountOver } from "../../../image/go-runs.ts";
import type { CacheReference, Dockerfile, ImageBuild, Mount } from "../../../image/model.ts";
import type { DockerRule } from "../../../image/rule.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/cache-mount-not-exported",
    title: "a cache export leaves out the cache mounts that go needs",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const build of model.builds) {
      const exported = build.cacheTo.find((reference) => leavesMachine(build, reference));
      const dockerfile = model.dockerfiles.find(({ path }) => path === build.dockerfile);
      const found = dockerfile === undefined ? undefined : goCacheMount(dockerfile);
      if (exported === undefined || dockerfile === undefined || found === undefined || build.keepsMounts) continue;
      report(build.place(exported), {
        message: `cache-to type=${exported.type} exports layers, not the cache mount at ${found.target ?? "?"}: go starts cold on each new builder`,
        why: "BuildKit exports no cache mounts; what is in one stays on the machine that built.",
        confidence: "medium",
        related: [{ place: dockerfile.place(found), message: "the mount that is not exported" }],
      });
    }
  },
};

/** A job's own machine is gone after it; where Bake runs is known only by an export that works in GitHub's jobs alone. */
function leavesMachine(build: ImageBuild, { type }: CacheReference): boolean {
  return build.tool === "workflow" ? type !== "inline" : type === "gha";
}

function goCacheMount(dockerfile: Dockerfile): Mount | undefined {
  for (const step of goSteps(dockerfile)) {
    const go = step.gos.find(isCompile);
    const setting = go === undefined ? undefined : goCacheSetting(step, go);
    const mount = setting?.state === "known" ? mountOver(step, setting.value) : undefined;
    if (mount?.type === "cache") return mount;
  }
  return undefined;
}
