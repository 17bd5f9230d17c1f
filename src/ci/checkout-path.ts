/**
 * Parts of a checkout's path that will be others on the next run or runner. Go's keys hold the path of a package's
 * folder unless -trimpath is set, and of every file that a test read in any case.
 */

export interface VaryingPart {
  /** One component of the path. */
  readonly part: string;
  readonly why: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface VaryingVariable {
  readonly name: string;
  readonly what: string;
  /** Its value alone says enough, also without a digit in it. */
  readonly isTelling?: true;
}

/** Sources: each platform's page of predefined variables, and GitLab's of `builds_dir`, Buildkite's of `build-path`. */
const variables: readonly VaryingVariable[] = [
  { name: "GITHUB_RUN_ID", what: "the run's id" },
  { name: "GITHUB_RUN_NUMBER", what: "the run's number" },
  { name: "GITHUB_SHA", what: "the commit" },
  { name: "RUNNER_NAME", what: "the runner's name" },
  { name: "CI_PIPELINE_ID", what: "the pipeline's id" },
  { name: "CI_PIPELINE_IID", what: "the pipeline's number" },
  { name: "CI_JOB_ID", what: "the job's id" },
  { name: "CI_COMMIT_SHA", what: "the commit" },
  { name: "CI_RUNNER_SHORT_TOKEN", what: "the runner's own short token", isTelling: true },
  { name: "CI_RUNNER_ID", what: "the runner's id" },
  { name: "CI_CONCURRENT_ID", what: "the runner's slot" },
  { name: "CI_CONCURRENT_PROJECT_ID", what: "the runner's slot for this project" },
  { name: "BUILD_NUMBER", what: "the build's number" },
  { name: "BUILD_TAG", what: "the build's tag", isTelling: true },
  { name: "BRANCH_NAME", what: "the branch or change" },
  { name: "GIT_COMMIT", what: "the commit" },
  { name: "NODE_NAME", what: "the node's name" },
  { name: "EXECUTOR_NUMBER", what: "the executor's number" },
  { name: "BUILDKITE_BUILD_ID", what: "the build's id" },
  { name: "BUILDKITE_BUILD_NUMBER", what: "the build's number" },
  { name: "BUILDKITE_JOB_ID", what: "the job's id" },
  { name: "BUILDKITE_COMMIT", what: "the commit" },
  { name: "BUILDKITE_AGENT_NAME", what: "the agent's name", isTelling: true },
];

interface VaryingForm {
  readonly form: RegExp;
  readonly what: string;
}

const forms: readonly VaryingForm[] = [
  { form: /@\d+$/, what: "Jenkins puts @2, @3 and so on behind a folder when builds of one job overlap" },
  { form: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i, what: "it holds a random id" },
  { form: /^tmp\.\w{6,}$/, what: "mktemp made it, with a random name" },
  { form: /(?:^|[^0-9a-f])[0-9a-f]{32,64}(?:$|[^0-9a-f])/i, what: "it holds a hash" },
  { form: /\d{9,}/, what: "it holds a long number, such as a time or a run's id" },
];

/** The components of `path` that a run, a runner or a slot has for itself, each once, from left to right. */
export function varyingParts(path: string, env: Environment): VaryingPart[] {
  return path
    .split("/")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const variable = variables.find((one) => holds(part, one, env[one.name] ?? ""));
      if (variable !== undefined) return [{ part, why: `it holds ${variable.what} (${variable.name})` }];
      const form = forms.find((one) => one.form.test(part));
      return form === undefined ? [] : [{ part, why: form.what }];
    });
}

/** A short value must be the whole component: `0` is a slot in `/builds/k3J/0/app`, and means nothing in `app-0`. */
function holds(part: string, { isTelling }: VaryingVariable, value: string): boolean {
  if (value === "" || (isTelling !== true && !/\d/.test(value))) return false;
  return part === value || (value.length >= 4 && part.includes(value));
}
