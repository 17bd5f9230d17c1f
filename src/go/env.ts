/**
 * Go's settings. Go hands all of its own (`go env`) to the helper that it starts; anybody else reads them where Go
 * does: the environment, then the file that `go env -w` writes, then the toolchain's go.env
 * (`cmd/go/internal/cfg/cfg.go`, `cmd/go/internal/envcmd/env.go`).
 */

import { homedir } from "node:os";
import { delimiter } from "node:path";
import { textIfReadable } from "../core/file-text.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The value of one of Go's variables; empty where nothing says. */
export function goValue(env: Environment, name: string): string {
  return env[name] || (parseGoEnv(textIfReadable(userEnvPath(env)) ?? "")[name] ?? toolchainValue(env, name));
}

/** The folder of Go's build cache, or `off`. */
export function defaultGocache(env: Environment): string {
  return goValue(env, "GOCACHE") || `${userCacheFolder(env)}/go-build`;
}

/** Where `go install` writes programs for this machine; empty when it is not known. */
export function gobin(env: Environment): string {
  const first = goValue(env, "GOPATH").split(delimiter)[0] ?? "";
  return goValue(env, "GOBIN") || (first === "" ? "" : `${first}/bin`);
}

/** `os.UserCacheDir` of Go: where a user's programs keep what they can make again. */
export function userCacheFolder(env: Environment): string {
  if (process.platform === "darwin") return `${env["HOME"] ?? homedir()}/Library/Caches`;
  return env["XDG_CACHE_HOME"] || `${env["HOME"] ?? homedir()}/.cache`;
}

/** Where `go env -w` writes; nowhere with GOENV=off. */
export function userEnvPath(env: Environment): string {
  const named = env["GOENV"];
  if (named === "off") return "";
  if (named !== undefined && named !== "") return named;
  const home = env["HOME"] ?? homedir();
  const config = process.platform === "darwin" ? `${home}/Library/Application Support` : `${home}/.config`;
  return `${env["XDG_CONFIG_HOME"] || config}/go/env`;
}

function toolchainValue(env: Environment, name: string): string {
  const root = env["GOROOT"];
  return root === undefined || root === "" ? "" : (parseGoEnv(textIfReadable(`${root}/go.env`) ?? "")[name] ?? "");
}

/** Lines of `NAME=VALUE`; anything else is passed over, as Go does. */
function parseGoEnv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    if (match !== null) values[match[1] as string] = match[2] as string;
  }
  return values;
}
