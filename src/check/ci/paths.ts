/** Folders as a job sees them: variables and `~` resolved, so that a cache's path and GOCACHE can be compared. */

import type { Environment, GoFolders } from "./model.ts";

/** What stands for a checkout whose absolute place only a run knows. */
export const workspaceRoot = "/<workspace>";

export interface Machine {
  readonly os: "linux" | "macos" | "windows" | undefined;
  readonly home: string | undefined;
  readonly workspace: string;
  /** Where the image has GOPATH, when it is not below HOME: `/go` in the official Go images. */
  readonly goPath: string | undefined;
}

/** `text` with `$NAME`, `${NAME}`, `$(pwd)` and `~` resolved; undefined when something stays unknown. */
export function resolveFolder(
  text: string,
  env: Environment,
  machine: Machine,
  current: string | undefined = machine.workspace,
): string | undefined {
  let isKnown = true;
  const expand = (name: string): string => {
    const value = variable(name, env, machine, current);
    if (value === undefined) isKnown = false;
    return value ?? "";
  };
  let path = text.replaceAll(/\$\(pwd\)|`pwd`/g, () => expand("PWD"));
  for (let round = 0; round < 5 && /\$\{?[A-Za-z_]/.test(path); round++) {
    path = path.replaceAll(/\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g, (_, a?: string, b?: string) =>
      expand(a ?? b ?? ""),
    );
    if (!isKnown) return undefined;
  }
  if (path.startsWith("~")) path = path === "~" || /^~[\\/]/.test(path) ? expand("HOME") + path.slice(1) : "$";
  if (!isKnown || path.includes("$") || path.includes("`")) return undefined;
  return normalise(path, current);
}

function variable(name: string, env: Environment, machine: Machine, current: string | undefined): string | undefined {
  const set = env.get(name)?.text;
  if (set !== undefined) return set;
  if (name === "HOME") return machine.home;
  if (name === "PWD") return current;
  if (["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "WORKSPACE"].includes(name)) return machine.workspace;
  return undefined;
}

/** The same for the path of a cache, which may ask go for its folders. */
export function resolveCachePath(text: string, env: Environment, machine: Machine): string | undefined {
  const folders = goFoldersOf(env, machine);
  const asked = text.replaceAll(/\$\(go env (\w+)\)|`go env (\w+)`/g, (whole, a?: string, b?: string) => {
    const name = a ?? b ?? "";
    if (name === "GOCACHE") return folders.build ?? whole;
    if (name === "GOMODCACHE") return folders.modules ?? whole;
    return name === "GOPATH" ? (folders.modules?.replace(/\/pkg\/mod$/, "") ?? whole) : whole;
  });
  // A trailing star or slash names the same folder for our purposes.
  return resolveFolder(asked.replace(/(?:\/\*{0,2})+$/, "") || asked, env, machine);
}

/** Without `.` and `..`, with slashes; relative paths lie in `current`. */
function normalise(path: string, current: string | undefined): string | undefined {
  const slashed = path.replaceAll("\\", "/");
  const isAbsolute = slashed.startsWith("/") || /^[A-Za-z]:\//.test(slashed);
  if (!isAbsolute && current === undefined) return undefined;
  const parts: string[] = [];
  for (const part of (isAbsolute ? slashed : `${current ?? ""}/${slashed}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return /^[A-Za-z]:$/.test(parts[0] ?? "") ? parts.join("/") : `/${parts.join("/")}`;
}

/** Where Go keeps what it builds and downloads. Source: `go help environment`, os.UserCacheDir. */
export function goFoldersOf(env: Environment, machine: Machine, current?: string): GoFolders {
  const cache = env.get("GOCACHE")?.text;
  const modules = env.get("GOMODCACHE")?.text;
  const resolve = (text: string): string | undefined => resolveFolder(text, env, machine, current ?? machine.workspace);
  return {
    build: cache === undefined || cache === "" ? defaultBuildFolder(env, machine) : resolve(cache),
    modules: modules === undefined || modules === "" ? defaultModuleFolder(env, machine, resolve) : resolve(modules),
  };
}

function defaultBuildFolder(env: Environment, machine: Machine): string | undefined {
  const xdg = env.get("XDG_CACHE_HOME")?.text;
  if (machine.os === "linux" && xdg !== undefined && xdg !== "") {
    const folder = resolveFolder(xdg, env, machine);
    return folder === undefined ? undefined : `${folder}/go-build`;
  }
  const home = homeOf(env, machine);
  if (home === undefined || machine.os === undefined) return undefined;
  if (machine.os === "macos") return `${home}/Library/Caches/go-build`;
  return machine.os === "windows" ? `${home}/AppData/Local/go-build` : `${home.replace(/\/$/, "")}/.cache/go-build`;
}

function defaultModuleFolder(
  env: Environment,
  machine: Machine,
  resolve: (text: string) => string | undefined,
): string | undefined {
  const goPath = env.get("GOPATH")?.text ?? machine.goPath;
  if (goPath !== undefined && goPath !== "") {
    const folder = resolve(goPath.split(":")[0] ?? "");
    return folder === undefined ? undefined : `${folder}/pkg/mod`;
  }
  const home = homeOf(env, machine);
  return home === undefined ? undefined : `${home}/go/pkg/mod`;
}

function homeOf(env: Environment, machine: Machine): string | undefined {
  const set = env.get("HOME")?.text;
  return set === undefined ? machine.home : resolveFolder(set, new Map(), machine);
}

/** Whether `outer` is `inner` or holds it. */
export function holdsFolder(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer === "/" ? "/" : `${outer}/`);
}
