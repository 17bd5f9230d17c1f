/** The files that `ballast init` writes where there are none: settings, a pipeline; the Dockerfile is in dockerfile-text.ts. */

import { joinPath } from "../go-module.ts";
import type { RepositoryView } from "./repository-view.ts";

/** A first ballast.yaml: what is true without being told, and the place for the rest. */
export function settingsText(): string {
  return `# What Ballast does in this repository; \`ballast check\` and \`ballast go\` read it.
check:
  # What could only be checked in part is listed; \`fail\` makes it count.
  partial: warn
# cache:
#   The build cache that your runners share; without it each machine keeps its own.
#   server: https://cache.example.com:7420
`;
}

/** The go command for all modules: in a workspace its packages are named, elsewhere each module is entered. */
function commandLines(view: RepositoryView, verb: string): string[] {
  const { modules, hasWorkspace } = view;
  const [first] = modules;
  if (modules.length === 1 && first?.folder === "") return [`go ${verb} ./...`];
  if (hasWorkspace) return [`go ${verb} ${modules.map(({ folder }) => packagesBelow(folder)).join(" ")}`];
  return modules.map(({ folder }) => (folder === "" ? `go ${verb} ./...` : `(cd ${folder} && go ${verb} ./...)`));
}

function packagesBelow(folder: string): string {
  return folder === "" ? "./..." : `./${folder}/...`;
}

/** Where setup-go reads the version. */
function versionFile({ modules, hasWorkspace }: RepositoryView): string {
  const folder = modules[0]?.folder ?? "";
  if (hasWorkspace) return "go.work";
  return folder === "" ? "go.mod" : `${folder}/go.mod`;
}

/** A workflow whose cache is saved by each run, and found by the next one. */
export function githubWorkflow(view: RepositoryView): string {
  const steps = ["build", "vet", "test"]
    .flatMap((verb) => commandLines(view, verb))
    .map((line) => `      - run: ${line}\n`);
  const key = "go-${{ runner.os }}-${{ runner.arch }}-${{ steps.go.outputs.go-version }}";
  const sums = "${{ hashFiles('**/go.sum') }}";
  return `name: go
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v5
      - id: go
        uses: actions/setup-go@v6
        with:
          go-version-file: ${versionFile(view)}
          # The cache below is saved by each run; setup-go's own would stay as the first run left it.
          cache: false
      - uses: actions/cache@v4
        with:
          path: |
            ~/.cache/go-build
            ~/go/pkg/mod
          key: ${key}-${sums}-\${{ github.sha }}
          restore-keys: |
            ${key}-${sums}-
            ${key}-
${steps.join("")}`;
}

/** A pipeline whose caches lie where GitLab can keep them. */
export function gitlabPipeline(view: RepositoryView): string {
  const lines = ["build", "vet", "test"].flatMap((verb) => commandLines(view, verb)).map((line) => `    - ${line}\n`);
  const sum = view.modules.find(({ hasSum }) => hasSum);
  const files = sum === undefined ? versionFile(view) : joinPath(sum.folder, "go.sum");
  return `test:
  image: golang:${view.goMinor}
  variables:
    # GitLab keeps only what lies below the project.
    GOCACHE: $CI_PROJECT_DIR/.cache/go-build
    GOMODCACHE: $CI_PROJECT_DIR/.cache/go-mod
  cache:
    key:
      prefix: go-${view.goMinor}
      files: [${files}]
    paths:
      - .cache/go-build
      - .cache/go-mod
  script:
${lines.join("")}`;
}

/** What no build needs, and what would make each commit another build. */
export function dockerignoreText(): string {
  return `.git
.github
.gitlab-ci.yml
.cache
Dockerfile
.dockerignore
`;
}
