/** What rules about Go in pods ask again and again. */

import type { Container, EnvVariable, K8sModel, Volume, Workload } from "./model.ts";

/** Each container with the workload that it is in. */
export function containersOf(model: K8sModel): readonly Container[] {
  return model.workloads.flatMap(({ containers }) => containers);
}

/** The last setting of a variable, as Kubernetes takes it. */
export function envOf(container: Container, name: string): EnvVariable | undefined {
  return container.env.findLast((variable) => variable.name === name);
}

/** The text of a variable that is written out. */
export function envText(container: Container, name: string): string | undefined {
  return envOf(container, name)?.value?.text;
}

const compilingVerbs = new Set(["build", "install", "test", "vet", "run", "generate"]);

/** Whether the container compiles Go, and not only runs what was compiled. */
export function compilesGo({ gos }: Container): boolean {
  return gos.some(({ verb, args }) => compilingVerbs.has(verb) && !args.some(({ text }) => text.includes("@")));
}

/** Where Go's build cache is in the container; `undefined` when its home is not known. */
export function goCachePath(container: Container): string | undefined {
  const cache = envText(container, "GOCACHE");
  if (cache !== undefined) return cache;
  const xdg = envText(container, "XDG_CACHE_HOME");
  if (xdg !== undefined) return `${xdg}/go-build`;
  const home = envText(container, "HOME") ?? (isOfficialGo(container) ? "/root" : undefined);
  return home === undefined ? undefined : `${home}/.cache/go-build`;
}

/** The official image, which runs as root unless the pod says otherwise. */
function isOfficialGo({ image }: Container): boolean {
  return /^(?:docker\.io\/|mirror\.gcr\.io\/|public\.ecr\.aws\/docker\/)?(?:library\/)?golang(?:[:@]|$)/.test(
    image?.text ?? "",
  );
}

/** The volume in which a path of the container lies. */
export function volumeAt(container: Container, path: string): Volume | undefined {
  const mounts = container.mounts.filter(
    (mount) => mount.path !== "" && (path === mount.path || path.startsWith(`${mount.path}/`)),
  );
  const nearest = mounts.toSorted((a, b) => b.path.length - a.path.length)[0];
  return container.workload.volumes.find(({ name }) => name === nearest?.volume);
}

/** The Go version that decides how a program of this repository behaves: the go line of the module nearest to the top. */
export function goVersionOf(model: K8sModel): string | undefined {
  return model.modules[0]?.goVersion;
}

/** Words by which teams tell builds of strangers' changes from builds of their own. */
export function trustOf({ words }: Workload): "untrusted" | "trusted" | undefined {
  const isUntrusted =
    /\b(?:pr|prs|pull-?requests?|pull|merge-?requests?|mr|forks?|untrusted|external|presubmit|preview)\b/.test(words);
  const isTrusted =
    /\b(?:release|releases|main|master|prod|production|deploy|publish|trusted|protected|nightly|postsubmit)\b/.test(
      words,
    );
  if (isUntrusted === isTrusted) return undefined;
  return isUntrusted ? "untrusted" : "trusted";
}
