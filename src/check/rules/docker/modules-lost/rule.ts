import { goModCacheSetting, stepsUpTo } from "../../../image/go-places.ts";
import { fixOf, goSteps, isCompile, isVendored, mountInsertion, mountOver } from "../../../image/go-runs.ts";
import type { Mount, RunStep } from "../../../image/model.ts";
import type { DockerRule, ImagePlace } from "../../../image/rule.ts";
import type { Report } from "../../../rule.ts";
import type { GoInvocation } from "../../../shell/go-invocation.ts";

export const rule: DockerRule = {
  meta: {
    id: "docker/modules-lost",
    title: "modules are downloaded where the build does not look",
    category: "cache",
    severity: "warning",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    for (const dockerfile of model.dockerfiles) {
      for (const step of goSteps(dockerfile)) {
        const go = step.gos.find(isCompile);
        const download = go === undefined ? undefined : downloadBefore(step, go);
        if (go !== undefined && download !== undefined) compare(download, step, go, report);
      }
    }
  },
};

interface Download {
  readonly step: RunStep;
  readonly go: GoInvocation;
  readonly folder: string;
  readonly mount: Mount | undefined;
}

/** The last go mod download in an earlier step, unless this step downloads for itself. */
function downloadBefore(step: RunStep, go: GoInvocation): Download | undefined {
  if (isVendored(step, go) || step.gos.some(({ verb }) => verb === "mod download")) return undefined;
  const found = stepsUpTo(step).flatMap((other): Download[] => {
    if (other.kind !== "run" || other === step || other.isTrigger) return [];
    const download = other.gos.find(({ verb }) => verb === "mod download");
    const folder = download === undefined ? undefined : goModCacheSetting(other, download);
    if (download === undefined || folder?.state !== "known") return [];
    return [{ step: other, go: download, folder: folder.value, mount: mountOver(other, folder.value) }];
  });
  return found.at(-1);
}

function compare(download: Download, step: RunStep, go: GoInvocation, report: Report<ImagePlace>): void {
  const setting = goModCacheSetting(step, go);
  if (setting.state !== "known" || setting.value !== download.folder) return;
  const mount = mountOver(step, setting.value);
  const { dockerfile } = step.stage;
  const { text } = dockerfile.source;
  if (download.mount?.type === "cache" && mount === undefined) {
    const own = text.slice(download.mount.start, download.mount.end);
    report(dockerfile.place(go.command), {
      message: `go ${go.verb} does not see what go mod download fetched: ${setting.value} was a mount there, and is none here`,
      why: "What is written into a cache mount is not in the layer, so modules are downloaded again in each build.",
      severity: step.isNetworkOff ? "error" : "warning",
      related: [{ place: dockerfile.place(download.mount), message: "downloaded into this mount" }],
      fix: fixOf(dockerfile, "mount it here too", "safe", [mountInsertion(step, [own])]),
    });
  }
  // A mount that begins with something (`from=`) may well begin with the modules.
  if (download.mount === undefined && mount?.type === "cache" && !mount.options.has("from")) {
    const own = text.slice(mount.start, mount.end);
    report(dockerfile.place(mount), {
      message: `the mount over ${setting.value} hides what go mod download put into a layer: go ${go.verb} downloads it again`,
      why: "A mount lies over the folder of the layer, so the download before it was in vain.",
      related: [{ place: dockerfile.place(download.go.command), message: "downloaded into a layer" }],
      fix: fixOf(dockerfile, "mount it for the download too", "safe", [mountInsertion(download.step, [own])]),
    });
  }
}
