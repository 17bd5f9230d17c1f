/** A helper's options from its flags, its environment and ballast.yaml. */

import { detectJob } from "../../ci/job.ts";
import { resolveSettings, type SettingSources } from "../../core/settings.ts";
import { loadSettingsFile } from "../../core/settings-file.ts";
import { defaultGocache, gobin, goValue } from "../../go/env.ts";
import { programPlace } from "../../go/program-places.ts";
import type { RunJob } from "../protocol/run.ts";
import { readRunnerToken } from "../runner-token.ts";
import { cacheSettings } from "../settings.ts";
import { commandText, type JobFacts, nameJob, parentWords } from "./job-name.ts";
import type { HelperOptions } from "./options.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong in a setting is passed over: `ballast go` and `ballast doctor` tell of it; here it must not cost a build. */
export function readHelperOptions(env: Environment, cwd: string, flags: Record<string, unknown>): HelperOptions {
  const file = findFile(cwd);
  const sources: SettingSources = { env, flags, cwd, file, otherPaths: Object.keys(file?.values ?? {}) };
  const resolved = resolveSettings(cacheSettings, sources);
  const { values } = resolved;
  const job = detectJob(env);
  const scope = values.scope ?? job.scope;
  const ancestors = values.ancestors ?? job.ancestors;
  const facts = values.server === undefined ? undefined : jobFacts(env, cwd, values.job, job.provenance["commit"]);
  const told = facts === undefined || facts.goWords.length === 0 ? {} : { command: commandText(facts.goWords) };
  return {
    gocache: values.putFolder ?? defaultGocache(env),
    readOnlyGocache: values.putFolder === undefined ? undefined : defaultGocache(env),
    goFolder: defaultGocache(env),
    goroot: goValue(env, "GOROOT"),
    toolFolder: goValue(env, "GOTOOLDIR"),
    gomodcache: goValue(env, "GOMODCACHE"),
    scope,
    ancestors: ancestors.filter((ancestor) => ancestor !== scope),
    provenance: { ...job.provenance, goVersion: goValue(env, "GOVERSION"), ...told },
    server: values.server,
    token: readRunnerToken(resolved).token,
    caFile: values.caFile,
    // A connection that was opened without the server's own authority would not be used.
    connectsEarly: values.caFile === undefined && !mayUseProxy(env),
    mode: values.mode,
    share: values.share,
    image: values.image,
    programsBytes: values.programs,
    programPlace: facts === undefined ? undefined : programPlace(facts.goWords.slice(1), { cwd, gobin: gobin(env) }),
    waitLimitMs: values.waitLimit,
    detachesUploads: values.detachUploads,
    job: facts === undefined ? noJob : nameJob(facts),
    summaryFile: values.summaryFile,
  };
}

/**
 * `fetch.preconnect` knows no proxy: it would knock at the server itself, from a network that may forbid it. Which servers
 * NO_PROXY excepts is the runtime's to know; they lose a round trip.
 */
function mayUseProxy(env: Environment): boolean {
  return ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"].some((name) => (env[name] ?? "") !== "");
}

/** A local cache has nobody to tell. */
const noJob: RunJob = { job: "", family: "", revision: "" };

function jobFacts(env: Environment, cwd: string, name: string | undefined, revision = ""): JobFacts {
  const target = { goos: goValue(env, "GOOS"), goarch: goValue(env, "GOARCH") };
  return { name, cwd, goWords: parentWords(process.ppid), revision, ...target };
}

function findFile(cwd: string): ReturnType<typeof loadSettingsFile> {
  try {
    return loadSettingsFile(cwd);
  } catch {
    return undefined; // broken: told of elsewhere
  }
}
