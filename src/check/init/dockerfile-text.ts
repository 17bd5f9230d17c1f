/**
 * The Dockerfile that `ballast init` and `ballast image init` write: modules in a layer of their own, both caches of Go
 * mounted where go looks for them, a program that is the same wherever it is built, and a user who is not root.
 */

import { joinPath } from "../go-module.ts";
import type { GoModule } from "../go-module.ts";
import type { GoProgram, RepositoryView } from "./repository-view.ts";

/** What a person may choose; the rest follows from the repository. */
export interface ImageChoices {
  /** Brings Go; the official image of the module's version when absent. */
  readonly base?: string | undefined;
  /** What the program runs in; distroless when absent. */
  readonly runtime?: string | undefined;
}

const folders = { gocache: "/root/.cache/go-build", gomodcache: "/go/pkg/mod" } as const;
/** The module cache is mounted in both steps, so that one sees what the other fetched. */
const moduleMount = `--mount=type=cache,target=${folders.gomodcache}`;
const buildMount = `--mount=type=cache,target=${folders.gocache}`;
/** `nonroot` of distroless; a number, because Kubernetes can tell only of a number that it is not root. */
const nonRoot = "65532:65532";

/** A Dockerfile for one program, which a build argument may change where there are several. */
export function dockerfileText(view: RepositoryView, program: GoProgram, choices: ImageChoices = {}): string {
  const isOnly = view.programs.length === 1;
  const name = isOnly ? program.name : "program";
  return `${fromLine(view, program, choices)}
WORKDIR /src
# Where the mounts below are, whatever the image says.
ENV GOCACHE=${folders.gocache} GOMODCACHE=${folders.gomodcache} CGO_ENABLED=${program.importsC ? "1" : "0"}
${downloadStep(view)}COPY . .
${buildArguments(view, program)}RUN ${moduleMount} \\
    ${buildMount} \\
    ${buildCommand(view, isOnly ? packagePath(program) : '"$PROGRAM"', program.importsC)}

FROM ${choices.runtime ?? defaultRuntime(program)}
COPY --from=build /out/program /${name}
USER ${nonRoot}
ENTRYPOINT ["/${name}"]
`;
}

/** A program without C is built on the builder's own platform for the one that is wanted; with C that needs another compiler. */
function fromLine({ goMinor }: RepositoryView, { importsC }: GoProgram, { base }: ImageChoices): string {
  const image = base ?? `golang:${goMinor}${importsC ? "-bookworm" : ""}`;
  return `FROM ${importsC ? "" : "--platform=$BUILDPLATFORM "}${image} AS build`;
}

function defaultRuntime({ importsC }: GoProgram): string {
  return `gcr.io/distroless/${importsC ? "base" : "static"}-debian12:nonroot`;
}

function packagePath({ folder }: GoProgram): string {
  return folder === "" ? "." : `./${folder}`;
}

function buildArguments({ programs }: RepositoryView, program: GoProgram): string {
  const choice = `# Any program of this repository: --build-arg PROGRAM=${packagePath(program)}\nARG PROGRAM=${packagePath(program)}\n`;
  const platform = program.importsC ? "" : "ARG TARGETOS TARGETARCH\n";
  return `${programs.length === 1 ? "" : choice}# --build-arg TAGS=a,b and --build-arg LDFLAGS="-s -w"
ARG TAGS="" LDFLAGS=""
${platform}`;
}

/** Modules that are in no workspace, and not at the top: go must be started in the folder of each. */
function areEntered({ modules, hasWorkspace }: RepositoryView): boolean {
  return !hasWorkspace && !modules.some(({ folder }) => folder === "");
}

function buildCommand(view: RepositoryView, target: string, importsC: boolean): string {
  const flags = '-trimpath -buildvcs=false -tags="$TAGS" -ldflags="$LDFLAGS" -o /out/program';
  const build = `${importsC ? "" : "GOOS=$TARGETOS GOARCH=$TARGETARCH "}go build ${flags}`;
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
  return names.map((name) => joinPath(folder, name)).join(" ");
}
