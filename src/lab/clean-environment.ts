/** The environment of a go command in a lab: nothing of the user's that would be an unnamed factor. */

import type { Bench } from "./bench.ts";
import { labErrors } from "./errors.ts";

/** Where modules come from; it decides whether something can be built, not what comes out: go.sum sees to that. */
const carriedFromGo = [
  "GOPROXY",
  "GOSUMDB",
  "GONOSUMDB",
  "GOPRIVATE",
  "GONOPROXY",
  "GOINSECURE",
  "GOAUTH",
  "GOVCS",
  "GOMODCACHE",
  "GOPATH",
  "GOTOOLCHAIN",
] as const;

/** Whatever a program needs to run at all, and to get at modules. */
const carriedFromUser =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|SHELL|SSL_CERT_(?:FILE|DIR)|(?:https?|no|all)_proxy|SSH_AUTH_SOCK|GIT_SSH(?:_COMMAND)?|NETRC|XDG_\w+|SYSTEMROOT)$/i;

export interface CleanGo {
  /** With GOENV=off, no GOFLAGS, C locale and GOCACHE in the lab's own cache. */
  readonly env: Readonly<Record<string, string>>;
  /** What `go env` says in the module's folder under that environment. */
  readonly goEnv: Readonly<Record<string, string>>;
  readonly gocache: string;
}

/** Asks go what it is and where its modules come from. Throws `lab/go-unusable`. */
export async function cleanGo(bench: Bench, folder: string): Promise<CleanGo> {
  const user = await askGo(bench, folder, bench.userEnv);
  const carried = Object.entries(bench.userEnv).filter(([name]) => carriedFromUser.test(name));
  const gocache = `${bench.cacheFolder}/gocache`;
  const env: Record<string, string> = {
    ...Object.fromEntries(carried.filter((pair): pair is [string, string] => pair[1] !== undefined)),
    ...Object.fromEntries(carriedFromGo.flatMap((name) => (user[name] ? [[name, user[name]]] : []))),
    LC_ALL: "C",
    GOENV: "off",
    GOTELEMETRY: "off",
    GOCACHE: gocache,
  };
  return { env, goEnv: await askGo(bench, folder, env), gocache };
}

async function askGo(
  bench: Bench,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string>>> {
  const argv = ["go", "env", "-json"];
  const result = await bench.run(argv, { cwd, env: { ...env, GOFLAGS: "", GOCACHEPROG: "" }, deadlineMs: 120_000 });
  if (result.exitCode !== 0) throw labErrors.error("lab/go-unusable", result.stderr.trim().slice(-2000));
  try {
    return JSON.parse(result.stdout) as Record<string, string>;
  } catch (cause) {
    throw labErrors.error("lab/go-unusable", `go env -json printed ${result.stdout.slice(0, 200)}`, { cause });
  }
}
