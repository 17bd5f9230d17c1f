import { describe, expect, test } from "bun:test";
import { memoryTree } from "../source-tree.ts";
import { cacheVerdicts } from "./cache-verdicts.ts";
import { loadPipelines } from "./load.ts";

async function verdicts(path: string, text: string): Promise<string[]> {
  const model = await loadPipelines(memoryTree({ [path]: text }));
  return cacheVerdicts(model).map((row) => `${row.job}: ${row.reused}: ${row.why}`);
}

function workflow(...jobs: readonly string[]): string {
  return `on: push\njobs:\n${jobs.join("")}`;
}

interface JobText {
  readonly name: string;
  readonly needs?: string;
  readonly cache?: string;
  readonly key?: string;
  readonly path?: string;
  readonly run: string;
}

function job({
  name,
  needs,
  cache = "actions/cache",
  key = "k-${{ hashFiles('go.sum') }}",
  path,
  run,
}: JobText): string {
  const needed = needs === undefined ? "" : `    needs: ${needs}\n`;
  const step = `      - { uses: ${cache}@v4, with: { path: "${path ?? "~/.cache/go-build"}", key: "${key}" } }\n`;
  return `  ${name}:\n${needed}    runs-on: ubuntu-latest\n    steps:\n${cache === "" ? "" : step}      - run: ${run}\n`;
}

describe("whether a job reuses a cache", () => {
  const github = ".github/workflows/ci.yml";
  const build = job({ name: "build", run: "go build ./..." });

  test("of a job before it", async () => {
    const found = await verdicts(github, workflow(build, job({ name: "test", needs: "build", run: "go test ./..." })));
    expect(found[1]).toBe("test: yes: build saves it earlier in the run");
  });

  test("not of one that compiles otherwise", async () => {
    const race = job({ name: "race", cache: "actions/cache/restore", run: "go test -race ./..." });
    expect((await verdicts(github, workflow(build, race)))[1]).toContain(
      "race: no: build compiles the default build, this job -race",
    );
  });

  test("not without a cache, nor where go has its folder elsewhere, nor from nobody", async () => {
    const bare = job({ name: "bare", cache: "", run: "go vet ./..." });
    const moved = job({ name: "moved", key: "m", run: "GOCACHE=/x go vet ./..." });
    const alone = job({ name: "alone", key: "z", cache: "actions/cache/restore", run: "go vet ./..." });
    expect(await verdicts(github, workflow(bare, moved, alone))).toEqual([
      "bare: no: nothing restores a cache, and every job begins on an empty machine",
      "moved: no: go keeps its build cache in /x",
      "alone: no: no job of this repository saves it",
    ]);
  });

  test("partly, where the first to end decides, or the job before it saves under another key", async () => {
    const race = job({ name: "race", run: "go test -race ./..." });
    expect((await verdicts(github, workflow(build, race)))[1]).toContain("race: partly: the first to end saves");
    const other = job({ name: "test", needs: "build", key: "other", run: "go test ./..." });
    expect((await verdicts(github, workflow(build, other)))[1]).toContain(
      "test: partly: from an earlier run only: build",
    );
  });

  test("not outside of a GitLab project", async () => {
    const text =
      "t:\n  image: golang:1.24\n  cache: { key: k, paths: [/root/.cache/go-build] }\n  script: [go test ./...]\n";
    expect((await verdicts(".gitlab-ci.yml", text))[0]).toContain("t: no: GitLab caches nothing outside");
  });

  test("nothing is said of pipelines without go", async () => {
    expect(await verdicts(github, "on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{ run: make }]\n")).toEqual([]);
  });
});
