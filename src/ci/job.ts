/**
 * Which CI job this is, from the environment that each platform documents. What a runner says of itself is a claim:
 * it decides where this run's entries lie, never what it may do.
 */

export interface CiJob {
  readonly platform: "github" | "gitlab" | "jenkins" | "buildkite" | "none";
  /** `main`, `release/1.2`, `pr/123`. */
  readonly scope: string;
  /** Scopes that a change may read besides its own. */
  readonly ancestors: readonly string[];
  /** Repository, ref, commit, run, job and actor, as far as the platform tells. */
  readonly provenance: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Platform {
  readonly name: CiJob["platform"];
  isHere(env: Environment): boolean;
  change(env: Environment): string | undefined;
  branch(env: Environment): string | undefined;
  target(env: Environment): string | undefined;
  readonly provenance: Readonly<Record<string, string>>;
}

/** Sources: each platform's page of predefined variables. */
const platforms: readonly Platform[] = [
  {
    name: "github",
    isHere: (env) => env["GITHUB_ACTIONS"] === "true",
    change: (env) => /^refs\/pull\/(\d+)\//.exec(env["GITHUB_REF"] ?? "")?.[1],
    // Its jobs have branches of their own, one for each attempt; what they build is what will be main.
    branch: (env) => (env["GITHUB_EVENT_NAME"] === "merge_group" ? "merge-queue" : env["GITHUB_REF_NAME"]),
    target: (env) => env["GITHUB_BASE_REF"],
    provenance: {
      repository: "GITHUB_REPOSITORY",
      ref: "GITHUB_REF",
      commit: "GITHUB_SHA",
      run: "GITHUB_RUN_ID",
      job: "GITHUB_JOB",
      actor: "GITHUB_ACTOR",
    },
  },
  {
    name: "gitlab",
    isHere: (env) => env["GITLAB_CI"] === "true",
    change: (env) => env["CI_MERGE_REQUEST_IID"],
    branch: (env) => env["CI_COMMIT_REF_NAME"],
    target: (env) => env["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"],
    provenance: {
      repository: "CI_PROJECT_PATH",
      ref: "CI_COMMIT_REF_NAME",
      commit: "CI_COMMIT_SHA",
      run: "CI_PIPELINE_ID",
      job: "CI_JOB_NAME",
      actor: "GITLAB_USER_LOGIN",
    },
  },
  {
    name: "buildkite",
    isHere: (env) => env["BUILDKITE"] === "true",
    change: (env) => (env["BUILDKITE_PULL_REQUEST"] === "false" ? undefined : env["BUILDKITE_PULL_REQUEST"]),
    branch: (env) => env["BUILDKITE_BRANCH"],
    target: (env) => env["BUILDKITE_PULL_REQUEST_BASE_BRANCH"],
    provenance: {
      repository: "BUILDKITE_REPO",
      ref: "BUILDKITE_BRANCH",
      commit: "BUILDKITE_COMMIT",
      run: "BUILDKITE_BUILD_ID",
      job: "BUILDKITE_LABEL",
      actor: "BUILDKITE_BUILD_CREATOR",
    },
  },
  {
    name: "jenkins",
    isHere: (env) => env["JENKINS_URL"] !== undefined && env["BUILD_NUMBER"] !== undefined,
    change: (env) => env["CHANGE_ID"],
    branch: (env) => env["BRANCH_NAME"] ?? env["GIT_BRANCH"],
    target: (env) => env["CHANGE_TARGET"],
    provenance: {
      repository: "GIT_URL",
      ref: "BRANCH_NAME",
      commit: "GIT_COMMIT",
      run: "BUILD_TAG",
      job: "JOB_NAME",
      actor: "CHANGE_AUTHOR",
    },
  },
];

const defaultScope = "main";

export function detectJob(env: Environment): CiJob {
  const platform = platforms.find((candidate) => candidate.isHere(env));
  if (platform === undefined) {
    const provenance = collect({ actor: "USER" }, env);
    return { platform: "none", scope: defaultScope, ancestors: [], provenance };
  }
  const change = platform.change(env) || undefined;
  const branch = platform.branch(env) || defaultScope;
  const scope = change === undefined ? branch : `pr/${change}`;
  const target = change === undefined ? defaultScope : platform.target(env) || defaultScope;
  return {
    platform: platform.name,
    scope,
    ancestors: target === scope ? [] : [target],
    provenance: collect(platform.provenance, env),
  };
}

function collect(names: Readonly<Record<string, string>>, env: Environment): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, variable] of Object.entries(names)) {
    const value = env[variable];
    if (value !== undefined && value !== "") found[key] = withoutCredentials(value).slice(0, 300);
  }
  return found;
}

/** A repository's address may carry a password. */
function withoutCredentials(value: string): string {
  return value.replace(/^([a-z+]+:\/\/)[^/@]*@/i, "$1");
}
