/** The files that `ballast init` writes where there are none: settings, a pipeline, a Dockerfile. */

import type { GoModule } from "../go-module.ts";
import type { GoProgram, RepositoryView } from "./repository-view.ts";

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
  const files = sum === undefined ? versionFile(view) : joinName(sum.folder, "go.sum");
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

function joinName(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
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

/** Go's two caches as mounts; the module cache in both steps, so that one sees what the other fetched. */
const moduleMount = "--mount=type=cache,target=/go/pkg/mod";
const buildMount = "--mount=type=cache,target=/root/.cache/go-build";

/** A Dockerfile for one program, which a build argument may change where there are several. */
export function dockerfileText(view: RepositoryView, program: GoProgram): string {
  const folder = program.folder === "" ? "." : `./${program.folder}`;
  const isOnly = view.programs.length === 1;
  const name = isOnly ? program.name : "program";
  const choice = `# Any program of this repository: --build-arg PROGRAM=${folder}\nARG PROGRAM=${folder}\n`;
  const base = program.importsC ? "gcr.io/distroless/base-debian12" : "gcr.io/distroless/static-debian12";
  const image = program.importsC ? `golang:${view.goMinor}-bookworm` : `golang:${view.goMinor}`;
  return `# syntax=docker/dockerfile:1
FROM ${image} AS build
WORKDIR /src
${downloadStep(view)}COPY . .
${isOnly ? "" : choice}RUN ${moduleMount} \\
    ${buildMount} \\
    ${buildCommand(view, isOnly ? folder : "$PROGRAM", program.importsC)}

FROM ${base}:nonroot
COPY --from=build /out/program /${name}
ENTRYPOINT ["/${name}"]
`;
}

/** Modules that are in no workspace, and not at the top: go must be started in the folder of each. */
function areEntered({ modules, hasWorkspace }: RepositoryView): boolean {
  return !hasWorkspace && !modules.some(({ folder }) => folder === "");
}

function buildCommand(view: RepositoryView, target: string, importsC: boolean): string {
  const build = `${importsC ? "" : "CGO_ENABLED=0 "}go build -trimpath -buildvcs=false -o /out/program`;
  return areEntered(view) ? `cd ${target} && ${build} .` : `${build} ${target}`;
}

/** Empty where there is nothing to download, or not before the source is there: what is replaced by a folder needs it. */
function downloadStep(view: RepositoryView): string {
  const { modules, hasWorkspace } = view;
  const isReplaced = !hasWorkspace && modules.some(({ hasLocalReplace }) => hasLocalReplace);
  const needing = modules.filter(({ hasRequirements, hasSum }) => hasRequirements && hasSum);
  if (isReplaced || needing.length === 0) return "";
  const entered = needing.map(({ folder }) => `(cd ${folder} && go mod download)`).join(" && ");
  return `${moduleCopies(view)}RUN ${moduleMount} ${areEntered(view) ? entered : "go mod download"}\n`;
}

/** go.mod and go.sum of each module, and those of the workspace. */
function moduleCopies(view: RepositoryView): string {
  const own = view.modules.map(
    (module) => `COPY ${moduleFiles(module)} ./${module.folder === "" ? "" : `${module.folder}/`}\n`,
  );
  const workspace = view.hasWorkspace ? [`COPY go.work${view.hasWorkspaceSum ? " go.work.sum" : ""} ./\n`] : [];
  return [...workspace, ...own].join("");
}

function moduleFiles({ folder, hasSum }: GoModule): string {
  const names = hasSum ? ["go.mod", "go.sum"] : ["go.mod"];
  return names.map((name) => joinName(folder, name)).join(" ");
}
