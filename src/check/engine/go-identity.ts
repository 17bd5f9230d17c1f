/** Which Go a check would use and how it is set up, told without starting it. */

import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { textIfReadable } from "../../core/file-text.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables, besides Go's own, that change what a Go command says of a package. */
const watched = /^(?:GO|CGO_|CC$|CXX$|AR$|PKG_CONFIG)/;
/** Variables of Go's that a check sets itself, or that only say where things are kept. */
const unwatched = new Set(["GOCACHE", "GOFLAGS", "GOTOOLCHAIN", "GOCACHEPROG", "GOTMPDIR"]);

/** The go on PATH; `undefined` when there is none. */
function findGo(env: Environment): string | undefined {
  for (const folder of (env["PATH"] ?? "").split(":")) {
    // An empty or relative entry would take the go of the repository.
    if (!folder.startsWith("/")) continue;
    const path = join(folder, "go");
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      continue; // not in this folder
    }
  }
  return undefined;
}

/** A text that changes whenever another Go, or another of its settings, would be used; `none` without a Go. */
export function goIdentity(env: Environment): string {
  const go = findGo(env);
  if (go === undefined) return "none";
  const real = realpathSync(go);
  const stat = statSync(real);
  const root = dirname(dirname(real));
  const variables = Object.entries(env).filter(([name]) => watched.test(name) && !unwatched.has(name));
  return JSON.stringify([
    real,
    stat.size,
    stat.mtimeMs,
    textIfReadable(join(root, "VERSION")) ?? "",
    textIfReadable(join(root, "go.env")) ?? "",
    textIfReadable(userSettings(env)) ?? "",
    variables.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

/** Where `go env -w` writes. */
function userSettings(env: Environment): string {
  const named = env["GOENV"];
  if (named !== undefined && named !== "") return named;
  const home = env["HOME"] ?? homedir();
  const config = process.platform === "darwin" ? join(home, "Library/Application Support") : join(home, ".config");
  return join(env["XDG_CONFIG_HOME"] || config, "go/env");
}
