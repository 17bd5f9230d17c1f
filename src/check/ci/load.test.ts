import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { memoryTree } from "../source-tree.ts";
import { loadPipelines } from "./load.ts";
import type { CiModel } from "./model.ts";

function load(files: Readonly<Record<string, string>>): Promise<CiModel> {
  return loadPipelines(memoryTree(files));
}

const github = `on: [push, pull_request]
env:
  GOFLAGS: -mod=mod
jobs:
  test:
    strategy:
      matrix:
        os: [ubuntu-latest, windows-latest]
        go: ["1.23", "1.24"]
        exclude: [{ os: windows-latest, go: "1.23" }]
        include: [{ os: ubuntu-latest, go: "1.24", race: -race }]
    runs-on: \${{ matrix.os }}
    steps:
      - uses: ./.github/actions/go
        with: { version: "\${{ matrix.go }}" }
      - if: matrix.os == 'ubuntu-latest'
        run: |
          export CGO_ENABLED=1
          go test \${{ matrix.race }} ./...
      - run: go vet ./...
        env: { GOOS: plan9 }
  call:
    needs: test
    uses: ./.github/workflows/build.yml
    with: { target: ./cmd/x }
`;
const action = `inputs:
  version: { default: "1.20" }
runs:
  using: composite
  steps:
    - uses: actions/setup-go@v5
      with: { go-version: "\${{ inputs.version }}" }
`;
const called = `on:
  workflow_call:
    inputs: { target: { type: string } }
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: go build \${{ inputs.target }}
`;
const gitlab = `include: /ci/base.yml
variables: { GOCACHE: $CI_PROJECT_DIR/.cache/go-build }
test:
  extends: .go
  variables: { CGO_ENABLED: "0" }
  script:
    - !reference [.setup, script]
    - cd sub
    - go test ./...
`;
const base = `.go:
  image: golang:1.24
  cache: { key: "$CI_JOB_NAME", paths: [.cache/go-build] }
.setup:
  script: [export GOFLAGS=-mod=mod]
`;
const jenkins = `@Library('shared') _
pipeline {
  agent { docker { image 'golang:1.24'; args '-e GOCACHE=/tmp/c' } }
  stages {
    stage('Test') { steps { unitTests() } }
  }
}
`;
const library = "def call() {\n  sh 'go test -race ./...'\n}\n";

const githubTree = {
  ".github/workflows/ci.yml": github,
  ".github/workflows/build.yml": called,
  ".github/actions/go/action.yml": action,
};

describe("the model", () => {
  test("of a workflow: matrix, conditions, composite actions and reusable workflows of the tree", async () => {
    const { pipelines, partial } = await load(githubTree);
    expect(partial).toEqual([]);
    expect(pipelines).toHaveLength(1);
    const jobs = pipelines[0]?.jobs ?? [];
    expect(jobs.map(({ label }) => label)).toEqual([
      "test (ubuntu-latest, 1.23)",
      "test (ubuntu-latest, 1.24, -race)",
      "test (windows-latest, 1.24)",
      "call / build",
    ]);
    const [plain, race, windows, build] = jobs;
    expect(plain?.setups[0]?.version?.text).toBe("1.23");
    expect(plain?.commands.map(({ go }) => go?.verb)).toEqual([undefined, "test", "vet"]);
    expect(race?.commands[1]?.go?.variant.get("-race")).toBe("true");
    expect(race?.commands[1]?.env.get("CGO_ENABLED")?.text).toBe("1");
    expect(windows?.commands.map(({ go }) => go?.verb)).toEqual(["vet"]);
    expect(windows?.commands[0]?.go?.variant.get("GOOS")).toBe("plan9");
    expect(build?.commands[0]?.go?.args).toEqual(["./cmd/x"]);
  });

  test("of a GitLab pipeline: includes, extends, references, one shell for all lines", async () => {
    const { pipelines, partial } = await load({ ".gitlab-ci.yml": gitlab, "ci/base.yml": base });
    expect(partial).toEqual([]);
    const [job] = pipelines[0]?.jobs ?? [];
    const command = job?.commands.at(-1);
    expect(command?.go?.flags.get("mod")).toBe("mod");
    expect(command?.folder).toBe("/<workspace>/sub");
    expect(command?.folders.build).toBe("/<workspace>/.cache/go-build");
    expect(job?.caches[0]?.key.text).toBe("test");
    expect(job?.caches[0]?.holds.build).toBe(true);
  });

  test("of a Jenkinsfile: agents, their arguments, steps of a shared library", async () => {
    const { pipelines } = await load({ Jenkinsfile: jenkins, "vars/unitTests.groovy": library });
    const [job] = pipelines[0]?.jobs ?? [];
    expect(job?.image?.text).toBe("golang:1.24");
    expect(job?.commands[0]?.go?.variant.has("-race")).toBe(true);
    expect(job?.commands[0]?.folders.build).toBe("/tmp/c");
  });

  test("says what it could not follow", async () => {
    const reasons = async (files: Readonly<Record<string, string>>): Promise<string> =>
      (await load(files)).partial.map(({ path, line, reason }) => `${path}:${line} ${reason}`).join("\n");
    expect(await reasons({ ".github/workflows/ci.yml": github })).toContain(
      "the action ./.github/actions/go cannot be read",
    );
    expect(await reasons({ ".gitlab-ci.yml": gitlab })).toContain("ci/base.yml cannot be read");
    expect(
      await reasons({ ".gitlab-ci.yml": "include: { project: a/b, file: c.yml }\ngo: { script: [go build] }\n" }),
    ).toContain("not in this tree");
    expect(await reasons({ Jenkinsfile: "pipeline { stages { stage('go build') {" })).toContain("cannot be followed");
    expect(await reasons({ ".github/workflows/ci.yml": "jobs: {a: [go build\n" })).toContain("not readable as YAML");
  });

  test("leaves files alone that have nothing to do with Go", async () => {
    const { pipelines, checked } = await load({
      ".github/workflows/ci.yml": "on: push\njobs: {a: {steps: [{run: npm ci}]}}\n",
    });
    expect([pipelines.length, checked.length]).toEqual([0, 0]);
  });

  test("of files that include, call and extend themselves ends", async () => {
    const self =
      "on: push\njobs:\n  a: { uses: ./.github/workflows/ci.yml }\n  b: { runs-on: x, steps: [{ run: go build }] }\n";
    const loop =
      "include: .gitlab-ci.yml\na: { extends: b, script: [go build] }\nb: { extends: a, script: [go vet] }\n";
    const calling = "def call() {\n  loop()\n  sh 'go build'\n}\n";
    await load({ ".github/workflows/ci.yml": self });
    await load({ ".gitlab-ci.yml": loop });
    const { pipelines } = await load({
      Jenkinsfile: "node { stage('go build') { loop() } }",
      "vars/loop.groovy": calling,
    });
    expect(pipelines).toHaveLength(1);
  });

  test("a matrix of a million combinations is bounded", async () => {
    const axes = Array.from(
      { length: 6 },
      (_, at) => `a${at}: [${Array.from({ length: 10 }, (__, item) => item).join(", ")}]`,
    );
    const text = `on: push\njobs:\n  a:\n    strategy: { matrix: { ${axes.join(", ")} } }\n    runs-on: x\n    steps: [{ run: go build }]\n`;
    const { pipelines } = await load({ ".github/workflows/ci.yml": text });
    expect(pipelines[0]?.jobs.length).toBeLessThanOrEqual(64);
  });

  test("never throws for damaged files", async () => {
    const kinds = fc.constantFrom(
      [".github/workflows/ci.yml", github],
      [".gitlab-ci.yml", `${gitlab}${base}`],
      ["Jenkinsfile", jenkins],
    );
    const cut = fc.tuple(
      kinds,
      fc.nat(800),
      fc.nat(30),
      fc.oneof(fc.string(), fc.constantFrom("\n", "{", "[", "'", '"', "|", "${{", "- ", ": ")),
    );
    await fc.assert(
      fc.asyncProperty(cut, async ([[path = "", text = ""], at, length, piece]) => {
        const damaged = `${text.slice(0, at)}${piece}${text.slice(at + length)}\n# go build`;
        expect((await load({ ...githubTree, [path]: damaged })).partial.length).toBeLessThanOrEqual(1000);
      }),
      { numRuns: 400 },
    );
  });
});
