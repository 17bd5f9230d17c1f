import { compilesGo, containersOf, goCachePath, trustOf, volumeAt } from "../../../k8s/go-pods.ts";
import type { Container, K8sModel, Volume } from "../../../k8s/model.ts";
import type { K8sRule } from "../../../k8s/rule.ts";

export const rule: K8sRule = {
  meta: {
    id: "k8s/cache-shared-by-trust",
    title: "builds of different trust write one cache",
    category: "cache",
    severity: "error",
    since: "0.2.0",
    byDefault: true,
  },
  check(model, report) {
    const users = cacheUsers(model);
    for (const user of users) {
      if (trustOf(user.container.workload) !== "trusted") continue;
      const other = users.find((one) => one.store === user.store && trustOf(one.container.workload) === "untrusted");
      if (other === undefined) continue;
      const { workload } = user.container;
      const { workload: stranger } = other.container;
      report(workload.place(user.volume), {
        message: `${workload.kind} ${workload.name} builds from the cache on ${user.store}, which ${stranger.kind} ${stranger.name} writes too`,
        why: "Whoever may run code in the less trusted build can put objects into the cache that the trusted one links.",
        related: [{ place: stranger.place(other.volume), message: "the less trusted build mounts it here" }],
      });
    }
  },
};

interface CacheUser {
  readonly container: Container;
  readonly volume: Volume;
  /** The same text for the same storage. */
  readonly store: string;
}

/** Containers that build, with the volumes that outlive them and hold their cache. */
function cacheUsers(model: K8sModel): CacheUser[] {
  return containersOf(model).flatMap((container) => {
    const volume = cacheVolume(container);
    if (volume === undefined) return [];
    const { namespace } = container.workload;
    if (volume.kind === "hostPath") return [{ container, volume, store: `hostPath ${volume.source}` }];
    return volume.kind === "claim"
      ? [{ container, volume, store: `claim ${namespace === "" ? "" : `${namespace}/`}${volume.source}` }]
      : [];
  });
}

/** The volume at GOCACHE; for builders of images the one that is called a cache. */
function cacheVolume(container: Container): Volume | undefined {
  const path = goCachePath(container);
  if (compilesGo(container) && path !== undefined) return volumeAt(container, path);
  if (container.builder === undefined) return undefined;
  const mount = container.mounts.find(({ path: at, volume }) =>
    /cache|\/var\/lib\/buildkit|\/\.local\/share\/buildkit/.test(`${at} ${volume}`),
  );
  return container.workload.volumes.find(({ name }) => name === mount?.volume);
}
