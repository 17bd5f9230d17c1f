/** `ballast cacheprog`: what Go runs as its GOCACHEPROG. Its start is a hot path: it imports no package. */

import { readFileSync } from "node:fs";
import { detectJob } from "../../ci/job.ts";
import { runHelper } from "../../cache/helper/helper.ts";
import { type JobFacts, nameJob, parentWords } from "../../cache/helper/job-name.ts";
import type { HelperOptions } from "../../cache/helper/options.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { resolveSettings, settingFlags, type SettingSources } from "../../core/settings.ts";
import { loadSettingsFile } from "../../core/settings-file.ts";
import { defaultGocache, goValue } from "../../go/env.ts";
import type { Command } from "../command.ts";

const flags = settingFlags(cacheSettings);

export const command: Command<typeof flags> = {
  path: ["cacheprog"],
  summary: "serve Go's build cache; what GOCACHEPROG names",
  details:
    "Go starts this command by itself when GOCACHEPROG is set to `/path/to/ballast cacheprog`, and speaks to it over its standard input and output. " +
    "Every setting may be given as a flag in that value.",
  examples: [
    { line: 'GOCACHEPROG="ballast cacheprog --server http://cache:7420" go build ./...', remark: "one build by hand" },
  ],
  flags,
  ownSignals: true,
  run(context, given) {
    for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"] as const) process.on(signal, ignore);
    runHelper(helperOptions(context.env, context.cwd, given));
    return Promise.resolve(0);
  },
};

/** Go survives SIGINT and SIGQUIT and still sends close; the helper is in its process group. */
function ignore(): void {}

type Environment = Readonly<Record<string, string | undefined>>;

export function helperOptions(env: Environment, cwd: string, given: Record<string, unknown>): HelperOptions {
  const file = findFile(cwd);
  const sources: SettingSources = { env, flags: given, cwd, file, otherPaths: Object.keys(file?.values ?? {}) };
  const { values } = resolveSettings(cacheSettings, sources);
  const job = detectJob(env);
  const scope = values.scope ?? job.scope;
  const ancestors = values.ancestors ?? job.ancestors;
  return {
    gocache: defaultGocache(env),
    goroot: goValue(env, "GOROOT"),
    toolFolder: goValue(env, "GOTOOLDIR"),
    gomodcache: goValue(env, "GOMODCACHE"),
    scope,
    ancestors: ancestors.filter((ancestor) => ancestor !== scope),
    provenance: { ...job.provenance, goVersion: goValue(env, "GOVERSION") },
    server: values.server,
    token: values.token ?? (values.tokenFile === undefined ? undefined : readToken(values.tokenFile)),
    caFile: values.caFile,
    mode: values.mode,
    share: values.share,
    image: values.image,
    waitLimitMs: values.waitLimit,
    job: values.server === undefined ? noJob : nameJob(jobFacts(env, cwd, values.job, job.provenance["commit"])),
    summaryFile: values.summaryFile,
  };
}

/** A local cache has nobody to tell. */
const noJob = { job: "", family: "", revision: "" };

function jobFacts(env: Environment, cwd: string, name: string | undefined, revision = ""): JobFacts {
  const target = { goos: goValue(env, "GOOS"), goarch: goValue(env, "GOARCH") };
  return { name, cwd, goWords: parentWords(process.ppid), revision, ...target };
}

/** A file that is broken is told of by `ballast go` and `ballast doctor`; here it must not cost a build. */
function findFile(cwd: string): ReturnType<typeof loadSettingsFile> {
  try {
    return loadSettingsFile(cwd);
  } catch {
    return undefined;
  }
}

function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // the server will refuse, and say so
  }
}
