import { expect, test } from "bun:test";

import { varyingParts } from "./checkout-path.ts";

const partsOf = (path: string, env: Record<string, string> = {}): string[] =>
  varyingParts(path, env).map(({ part }) => part);

test("finds what a run, a runner or a slot has for itself", () => {
  expect(partsOf("/builds/k3Jx_a9/0/group/app", { CI_RUNNER_SHORT_TOKEN: "k3Jx_a9", CI_CONCURRENT_ID: "0" })).toEqual([
    "k3Jx_a9",
    "0",
  ]);
  expect(partsOf("/var/lib/buildkite-agent/builds/alpha/org/app", { BUILDKITE_AGENT_NAME: "alpha" })).toEqual([
    "alpha",
  ]);
  expect(partsOf("/var/jenkins/workspace/app_PR-12", { BRANCH_NAME: "PR-12" })).toEqual(["app_PR-12"]);
  expect(partsOf("/var/jenkins/workspace/app@2")).toEqual(["app@2"]);
  expect(partsOf("/work/run-7401234567/app", { GITHUB_RUN_ID: "7401234567" })).toEqual(["run-7401234567"]);
  expect(partsOf("/tmp/tmp.Ab3dE9xYz0/src")).toEqual(["tmp.Ab3dE9xYz0"]);
  expect(partsOf("/b/0b8f9d3e-4c1a-4b8e-9a77-0d2f6c5b4a31/src")).toHaveLength(1);
});

test("says why, with the variable's name", () => {
  expect(varyingParts("/work/77/app", { BUILD_NUMBER: "77" })).toEqual([
    { part: "77", why: "it holds the build's number (BUILD_NUMBER)" },
  ]);
});

test("leaves alone what is the same everywhere", () => {
  expect(partsOf("/home/runner/work/app/app", { RUNNER_NAME: "runner", GITHUB_RUN_NUMBER: "7" })).toEqual([]);
  expect(partsOf("/builds/group/app-0", { CI_CONCURRENT_ID: "0" })).toEqual([]);
  expect(partsOf("/var/jenkins/workspace/app_main", { BRANCH_NAME: "main", NODE_NAME: "built-in" })).toEqual([]);
  expect(partsOf("/go/src/example.com/v2/facade")).toEqual([]);
});
