import { expect, test } from "bun:test";
import { detectJob } from "./job.ts";

const cases = [
  { what: "a laptop", env: {}, scope: "main", ancestors: [] },
  {
    what: "a push to main on GitHub",
    env: { GITHUB_ACTIONS: "true", GITHUB_REF: "refs/heads/main", GITHUB_REF_NAME: "main" },
    scope: "main",
    ancestors: [],
  },
  {
    what: "a merge queue on GitHub",
    env: {
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: "merge_group",
      GITHUB_REF: "refs/heads/gh-readonly-queue/main/pr-7-abc",
      GITHUB_REF_NAME: "gh-readonly-queue/main/pr-7-abc",
    },
    scope: "merge-queue",
    ancestors: ["main"],
  },
  {
    what: "a pull request on GitHub",
    env: {
      GITHUB_ACTIONS: "true",
      GITHUB_REF: "refs/pull/12/merge",
      GITHUB_REF_NAME: "12/merge",
      GITHUB_BASE_REF: "dev",
    },
    scope: "pr/12",
    ancestors: ["dev"],
  },
  {
    what: "a merge request on GitLab",
    env: {
      GITLAB_CI: "true",
      CI_MERGE_REQUEST_IID: "5",
      CI_COMMIT_REF_NAME: "x",
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
    },
    scope: "pr/5",
    ancestors: ["main"],
  },
  {
    what: "a branch on Buildkite",
    env: { BUILDKITE: "true", BUILDKITE_BRANCH: "feature", BUILDKITE_PULL_REQUEST: "false" },
    scope: "feature",
    ancestors: ["main"],
  },
  {
    what: "a change on Jenkins",
    env: { JENKINS_URL: "http://j", BUILD_NUMBER: "1", CHANGE_ID: "9", CHANGE_TARGET: "release/1.2" },
    scope: "pr/9",
    ancestors: ["release/1.2"],
  },
];

for (const { what, env, scope, ancestors } of cases) {
  test(what, () => expect(detectJob(env)).toMatchObject({ scope, ancestors }));
}

test("a password in a repository's address goes no further", () => {
  const env = { BUILDKITE: "true", BUILDKITE_REPO: "https://bot:hunter2@example.org/a.git" };
  expect(JSON.stringify(detectJob(env))).not.toContain("hunter2");
});
