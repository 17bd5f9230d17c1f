/** What a file is by its path: the first, cheap question of each of a repository's files. */

import type { FileKind } from "../area.ts";
import type { Area } from "../rule.ts";

/** The first that matches holds. */
const kinds: readonly (readonly [pattern: RegExp, kind: FileKind])[] = [
  [/\.go$/, "go"],
  [/(?:^|\/)go\.(?:mod|sum|work|work\.sum)$/, "go-module"],
  [/(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/, "pipeline"],
  [/(?:^|\/)action\.ya?ml$/, "pipeline"],
  [/\.gitlab-ci\.ya?ml$/, "pipeline"],
  [/(?:^|\/)Jenkinsfile[^/]*$/i, "groovy"],
  [/\.(?:groovy|jenkinsfile)$/i, "groovy"],
  [/(?:^|\/)(?:Docker|Container)file(?:\.[^/]*)?$/, "docker"],
  [/\.(?:docker|container)file$/i, "docker"],
  [/\.dockerignore$/, "docker"],
  [/(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/, "docker"],
  [/(?:^|\/)docker-bake[^/]*\.(?:hcl|json)$/, "bake"],
  [/\.ya?ml$/, "yaml"],
  [/\.(?:sh|bash|mk)$/, "script"],
  [/(?:^|\/)(?:GNUm|[Mm])akefile$/, "script"],
];

/** `undefined`: no area looks at such files. */
export function fileKind(path: string): FileKind | undefined {
  return kinds.find(([pattern]) => pattern.test(path))?.[1];
}

/**
 * Folders that hold other people's code, or input of tests that is wrong on purpose. Go itself passes over them, and over
 * folders whose names begin with a dot or an underscore.
 */
export function isForeign(path: string, kind: FileKind): boolean {
  if (/(?:^|\/)(?:vendor|node_modules|testdata)\//.test(path)) return true;
  return kind === "go" && /(?:^|\/)[._]/.test(path);
}

const goKinds: ReadonlySet<FileKind> = new Set(["go", "go-module"]);

/** Whether the result of an area may depend on files of a kind. Only Go's own area can be told apart from the rest. */
export function concerns(area: Area, kind: FileKind): boolean {
  return area !== "go" || goKinds.has(kind);
}
