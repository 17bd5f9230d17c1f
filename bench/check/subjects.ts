/** What the checker is measured on: Go's own sources, and workflows of which few concern Go. */

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WorkFolder } from "../setup/work-folder.ts";

/** Packages of the standard library, with their tests: some 150,000 lines. */
const standardFolders = ["net/http", "database", "encoding", "text", "html", "context", "sync"];

export interface Subject {
  readonly folder: string;
  readonly lines: number;
}

/** @param isWhole all of GOROOT/src, the compiler included, instead of some packages */
export function standardSources(work: WorkFolder, isWhole: boolean): Subject {
  const root = join(Bun.spawnSync(["go", "env", "GOROOT"]).stdout.toString().trim(), "src");
  const folder = work.fresh(isWhole ? "all-of-go" : "standard");
  for (const name of isWhole ? ["."] : standardFolders) {
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: (path) => !path.includes("/testdata") });
  }
  writeFileSync(join(folder, "go.mod"), "module example.com/std\n\ngo 1.24\n");
  return { folder, lines: linesBelow(folder) };
}

function linesBelow(folder: string): number {
  const paths = [...new Bun.Glob("**/*.go").scanSync({ cwd: folder, followSymlinks: false })];
  return paths.reduce((sum, path) => sum + readFileSync(join(folder, path), "utf8").split("\n").length - 1, 0);
}

const workflowCount = 1500;
/** One of so many builds something with Go; of 1,503 workflows of many repositories it was 123. */
const goEvery = 12;

/** 1,500 workflows of 3.3 kB. */
export function workflowTree(work: WorkFolder): string {
  const folder = work.fresh("workflows");
  const below = join(folder, ".github/workflows");
  mkdirSync(below, { recursive: true });
  for (let number = 0; number < workflowCount; number++) {
    const jobs = Array.from({ length: 6 }, (_, job) => (number % goEvery === 0 ? goJob(job) : nodeJob(number, job)));
    writeFileSync(
      join(below, `flow-${number}.yml`),
      `name: flow ${number}\non: [push, pull_request]\njobs:\n${jobs.join("")}`,
    );
  }
  return folder;
}

function goJob(job: number): string {
  return `  job${job}:
    runs-on: ubuntu-24.04
    strategy: { matrix: { go: ["1.25", "1.26"] } }
    env: { CGO_ENABLED: "0", STAGE: "stage ${job}" }
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-go@v6
        with: { go-version: "\${{ matrix.go }}", cache-dependency-path: go.sum }
      - name: unit tests
        run: |
          go vet ./...
          go test -race -count=1 ./stage${job}/...
      - name: build
        run: go build -trimpath -o out/stage${job} ./cmd/stage${job}
      - uses: actions/upload-artifact@v5
        with: { name: stage${job}, path: out }
`;
}

function nodeJob(number: number, job: number): string {
  return `  job${job}:
    runs-on: ubuntu-24.04
    needs: [${job === 0 ? "" : `job${job - 1}`}]
    env: { NODE_ENV: production, STAGE: "stage ${job} of ${number}" }
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with: { node-version: "24", cache: npm }
      - name: install
        run: npm ci --ignore-scripts
      - name: check and test
        run: |
          npm run lint -- --max-warnings 0
          npm test -- --shard \${{ strategy.job-index }}/4
      - uses: actions/upload-artifact@v5
        with: { name: "report-${number}-${job}", path: report }
`;
}
