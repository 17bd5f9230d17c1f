import { goCacheSetting, goSetting, rootStage } from "../../../image/go-places.ts";
import { fixOf, goRuns, installsCompiler, isCompile, mountOver } from "../../../image/go-runs.ts";
import type { GoRun } from "../../../image/go-runs.ts";
import type { ImageModel, Mount } from "../../../image/model.ts";
import type { DockerRule } from "../../../image/rule.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/cgo-cache-shared",
    title: "cgo builds of different images share one cache mount",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const users = cgoUsers(model);
    const seen = new Set<Mount>();
    for (const user of users) {
      const other = users.find(
        (one) => one.id === user.id && one.image !== user.image && one.run.step.start < user.run.step.start,
      );
      if (other === undefined || seen.has(user.mount)) continue;
      seen.add(user.mount);
      const { dockerfile, stage } = user.run;
      const id = `go-build-${stage.name ?? user.image.replace(/[^\w.-]+/g, "-")}`;
      const fix = fixOf(dockerfile, `give it the id ${id}`, "safe", [
        { start: user.mount.end, end: user.mount.end, text: `,id=${id}` },
      ]);
      report(dockerfile.place(user.mount), {
        message: `the cache mount ${user.id} is used by cgo builds in ${other.image} and in ${user.image}`,
        why: "Go's cache key holds neither the C headers nor the libraries of an image, so one image can get objects compiled against those of the other.",
        confidence: "medium",
        related: [{ place: other.run.dockerfile.place(other.mount), message: `used in ${other.image} here` }],
        ...(user.mount.options.has("id") ? {} : { fix }),
      });
    }
  },
};

interface CacheUser {
  readonly run: GoRun;
  readonly mount: Mount;
  readonly id: string;
  readonly image: string;
}

/** Steps that surely compile C, with the cache mount that they do it in. */
function cgoUsers(model: ImageModel): CacheUser[] {
  return goRuns(model).flatMap((run): CacheUser[] => {
    const { step, go } = run;
    const setting = goCacheSetting(step, go);
    const enabled = goSetting(step, go, "CGO_ENABLED");
    const isOn =
      enabled.state === "known" ? enabled.value === "1" : enabled.state === "unset" && installsCompiler(step);
    if (!isCompile(go) || setting.state !== "known" || !isOn) return [];
    const mount = mountOver(step, setting.value);
    const { image } = rootStage(run.stage);
    // An id with a variable in it is somebody's answer to this already.
    if (mount?.id === undefined || mount.type !== "cache" || mount.id.includes("$") || image.isUnknown) return [];
    return [{ run, mount, id: mount.id, image: image.text }];
  });
}
