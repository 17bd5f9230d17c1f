/**
 * Pipelines whose jobs cannot share the Go cache, run before and after `ballast check --fix`: afterwards the last job
 * compiles nothing that an earlier one compiled. GitHub's run with act, GitLab's with gitlab-ci-local. Jenkins is not run.
 */

import { describe, expect } from "bun:test";
import { testWith } from "../with-component.ts";
import { commit, createProject, fixPipeline, runGitlabJob, runWorkflow } from "./pipeline-runs.ts";

interface Step {
  readonly uses: string;
  readonly with?: Readonly<Record<string, string>>;
}

const goSetup: Step = { uses: "actions/setup-go@v5", with: { "go-version": '"1.26"', cache: "false" } };
const build = "go build -v ./...";

function cache(key: string, path = "~/.cache/go-build", kind = ""): Step {
  return { uses: `actions/cache${kind}@v4`, with: { path, key } };
}

function job(name: string, head: string, steps: readonly (Step | string)[]): string {
  const written = ["- uses: actions/checkout@v4", ...steps.map(stepText)].join("\n").replaceAll(/^/gm, "      ");
  return `  ${name}:\n    runs-on: ubuntu-latest\n${head}    steps:\n${written}\n`;
}

function stepText(step: Step | string): string {
  if (typeof step === "string") return `- run: ${step}`;
  const inputs = Object.entries(step.with ?? {}).map(([name, value]) => `    ${name}: ${value}\n`);
  return `- uses: ${step.uses}\n${inputs.length === 0 ? "" : `  with:\n${inputs.join("")}`}`.trimEnd();
}

function workflow(...jobs: readonly string[]): string {
  return `on: push\njobs:\n${jobs.join("")}`;
}

interface Case {
  readonly rule: string;
  readonly text: string;
  /** How often the workflow runs, each time for a new commit; the last run counts. */
  readonly runs: number;
}

const hash = "${{ hashFiles('go.sum') }}";
const first = job("build", "", [goSetup, cache(`go-${hash}`), build]);
const after = "    needs: build\n";

const cases: readonly Case[] = [
  {
    rule: "key-split-by-job",
    runs: 1,
    text: workflow(
      job("build", "", [goSetup, cache(`go-\${{ github.job }}-${hash}`), build]),
      job("test", after, [goSetup, cache(`go-\${{ github.job }}-${hash}`), build]),
    ),
  },
  {
    rule: "same-key-different-paths",
    runs: 1,
    text: workflow(first, job("test", after, [goSetup, cache(`go-${hash}`, "~/.cache/go-build/", "/restore"), build])),
  },
  {
    rule: "cache-never-saved",
    runs: 2,
    text: workflow(job("test", "", [goSetup, cache(`go-${hash}`, undefined, "/restore"), build])),
  },
  {
    rule: "cache-never-hit",
    runs: 2,
    text: workflow(job("test", "", [goSetup, cache("go-${{ github.sha }}"), build])),
  },
  {
    rule: "cached-path-not-gocache",
    runs: 2,
    text: workflow(
      job("test", "    env:\n      GOCACHE: /tmp/ballast-pipeline-gocache\n", [goSetup, cache(`go-${hash}`), build]),
    ),
  },
  {
    rule: "gocache-moved-after-restore",
    runs: 2,
    text: workflow(
      job("test", "", [
        goSetup,
        cache(`go-${hash}`),
        "|\n    export GOCACHE=$PWD/.gocache\n    go version\n    go build -v ./...",
      ]),
    ),
  },
  {
    rule: "cache-cleaned",
    runs: 2,
    text: workflow(job("test", "", [goSetup, cache(`go-${hash}`), "|\n    go clean -cache\n    go build -v ./..."])),
  },
  {
    rule: "empty-cache-saved-first",
    runs: 2,
    text: workflow(
      job("build", "", [{ uses: "actions/setup-go@v5", with: { "go-version": '"1.26"' } }, "go list std"]),
      job("test", after, [{ uses: "actions/setup-go@v5", with: { "go-version": '"1.26"' } }, build]),
    ),
  },
];

describe("GitHub", () => {
  for (const { rule, text, runs } of cases) {
    testWith(
      "act",
      `${rule}: the job compiles before the fix, and not after it`,
      async (actFolder) => {
        for (const isFixed of [false, true]) {
          const project = await createProject(".github/workflows/ci.yml", text);
          try {
            if (isFixed) await fixPipeline(project);
            for (let count = 1; count < runs; count++) {
              await runWorkflow(project, actFolder, "test");
              await commit(project);
            }
            expect(await runWorkflow(project, actFolder, "test")).toBe(!isFixed);
          } finally {
            project.remove();
          }
        }
      },
      120_000,
    );
  }
});

const gitlabHead = 'default:\n  image: golang:1.26\nvariables:\n  CGO_ENABLED: "0"\n';
const inProject = `${gitlabHead}  GOCACHE: $CI_PROJECT_DIR/.cache/go-build\n`;

function gitlabJob(name: string, stage: string, lines: string): string {
  return `${name}:\n  stage: ${stage}\n  cache:\n${lines.replaceAll(/^/gm, "    ")}\n  script:\n    - go build -v ./...\n`;
}

const gitlabCases: readonly { readonly rule: string; readonly text: string; readonly jobs: readonly string[] }[] = [
  {
    rule: "cache-outside-project",
    jobs: ["build", "test"],
    text: `${gitlabHead}${gitlabJob("build", "build", "key: go\npaths:\n  - /root/.cache/go-build")}${gitlabJob("test", "test", "key: go\npaths:\n  - /root/.cache/go-build")}`,
  },
  {
    rule: "cache-never-saved",
    jobs: ["test", "test"],
    text: `${inProject}${gitlabJob("test", "test", "key: go\npolicy: pull\npaths:\n  - .cache/go-build")}`,
  },
  {
    rule: "key-split-by-job",
    jobs: ["build", "test"],
    text: `${inProject}${gitlabJob("build", "build", "key: go-$CI_JOB_NAME\npaths:\n  - .cache/go-build")}${gitlabJob("test", "test", "key: go-$CI_JOB_NAME\npaths:\n  - .cache/go-build")}`,
  },
];

describe("GitLab", () => {
  for (const { rule, text, jobs } of gitlabCases) {
    testWith(
      "rsync",
      `${rule}: the job compiles before the fix, and not after it`,
      async (rsyncFolder) => {
        for (const isFixed of [false, true]) {
          const project = await createProject(".gitlab-ci.yml", text);
          try {
            if (isFixed) await fixPipeline(project);
            const compiled: boolean[] = [];
            for (const name of jobs) compiled.push(await runGitlabJob(project, rsyncFolder, name));
            expect(compiled).toEqual([true, !isFixed]);
          } finally {
            project.remove();
          }
        }
      },
      120_000,
    );
  }
});
