/**
 * The files of a Bazel workspace with toolchains from Nixpkgs, for a Go module and for Java beside it. The nixpkgs
 * flavour needs the network and is generated from the rules' documentation (rules_nixpkgs 0.14.0, its README and
 * release page); the host flavour takes toolchains that are named by folder and is what the lab runs here.
 */

export interface WorkspaceRequest {
  /** The module's path, from go.mod. */
  readonly modulePath: string;
  /** The package that is the program, as `go build` names it below the module: `./cmd/app`. */
  readonly program: string;
  readonly hasJava: boolean;
  /** A commit of nixpkgs, 40 hexadecimal digits. */
  readonly nixpkgs: string;
}

export interface HostToolchains {
  readonly goroot: string;
  /** The folder of a JDK; absent: no Java. */
  readonly javaHome: string | undefined;
}

export interface WorkspaceFile {
  readonly path: string;
  readonly text: string;
}

const rules = {
  nixpkgs: "0.14.0",
  // Of the release page of v0.14.0.
  nixpkgsSum: "fd79d6e81a2d9bce3cf91fab13308adf0be1959d6c676a17c709af98bca801e7",
  rulesGo: "0.59.0",
  gazelle: "0.47.0",
} as const;

/** MODULE.bazel for Bazel 7 and newer, WORKSPACE for older ones, and what both need. */
export function nixpkgsWorkspace(request: WorkspaceRequest): readonly WorkspaceFile[] {
  return [
    { path: "MODULE.bazel", text: moduleText(request) },
    { path: "WORKSPACE", text: workspaceText(request) },
    { path: "BUILD.bazel", text: buildText(request) },
    { path: "nix/BUILD.bazel", text: "" },
    { path: "nix/toolchains.bzl", text: extensionText(request) },
    { path: "nix/nixpkgs.nix", text: nixpkgsText(request) },
    { path: ".bazelrc", text: bazelrcText },
  ];
}

/** The same for the lab's own sources, with rules of its own in place of those that gazelle would write. */
export function labNixpkgsWorkspace(nixpkgs: string): readonly WorkspaceFile[] {
  const request = { modulePath: "example.org/hermetic", program: ".", hasJava: true, nixpkgs };
  const others = nixpkgsWorkspace(request).filter(({ path }) => path !== "BUILD.bazel" && path !== "WORKSPACE");
  return [...others, { path: "BUILD.bazel", text: labRules }];
}

const labRules = `load("@rules_go//go:def.bzl", "go_binary")
load("@rules_java//java:defs.bzl", "java_library")

go_binary(name = "program", srcs = ["main.go"], pure = "on")

java_library(name = "java", srcs = ["Hello.java"])
`;

function moduleText({ modulePath, hasJava }: WorkspaceRequest): string {
  const name = (modulePath.split("/").at(-1) ?? "app").replace(/[^a-z0-9_.-]/g, "_").replace(/^[^a-z]+/, "app_");
  const java = `bazel_dep(name = "rules_java", version = "8.15.2")
bazel_dep(name = "rules_nixpkgs_java", version = "${rules.nixpkgs}")
`;
  return `# For Bazel 7 and newer; WORKSPACE is for older ones.
module(name = "${name}")

bazel_dep(name = "rules_go", version = "${rules.rulesGo}")
bazel_dep(name = "gazelle", version = "${rules.gazelle}")
bazel_dep(name = "rules_nixpkgs_core", version = "${rules.nixpkgs}")
bazel_dep(name = "rules_nixpkgs_go", version = "${rules.nixpkgs}")
${hasJava ? java : ""}
nix_repo = use_extension("@rules_nixpkgs_core//extensions:repository.bzl", "nix_repo")
nix_repo.file(
    name = "nixpkgs",
    file = "//nix:nixpkgs.nix",
)
use_repo(nix_repo, "nixpkgs")

# No go_sdk.host() and no go_sdk.download(): a toolchain that is not from Nixpkgs is not registered at all.
toolchains = use_extension("//nix:toolchains.bzl", "toolchains")
use_repo(toolchains, "nix_go_sdk_toolchains"${hasJava ? ', "nixpkgs_java_runtime_toolchain"' : ""})

register_toolchains("@nix_go_sdk_toolchains//:all")
${hasJava ? 'register_toolchains("@nixpkgs_java_runtime_toolchain//:all")\n' : ""}
go_deps = use_extension("@gazelle//:extensions.bzl", "go_deps")
go_deps.from_file(go_mod = "//:go.mod")
`;
}

function extensionText({ hasJava }: WorkspaceRequest): string {
  const load = 'load("@rules_nixpkgs_java//:java.bzl", "nixpkgs_java_configure")\n';
  const call = `    nixpkgs_java_configure(
        attribute_path = "jdk17.home",
        repository = "@nixpkgs",
        toolchain = True,
        toolchain_name = "nixpkgs_java",
        toolchain_version = "17",
        register = False,
    )
`;
  return `"""The toolchains of MODULE.bazel, from Nixpkgs and from nowhere else."""

load("@rules_nixpkgs_go//:go.bzl", "nixpkgs_go_configure")
${hasJava ? load : ""}
def _toolchains_impl(_ctx):
    nixpkgs_go_configure(
        sdk_name = "nix_go_sdk",
        repository = "@nixpkgs",
        register = False,
    )
${hasJava ? call : ""}
toolchains = module_extension(implementation = _toolchains_impl)
`;
}

function workspaceText({ hasJava, nixpkgs }: WorkspaceRequest): string {
  const java = `
load("@io_tweag_rules_nixpkgs//nixpkgs:nixpkgs.bzl", "nixpkgs_java_configure")

nixpkgs_java_configure(
    attribute_path = "jdk17.home",
    repository = "@nixpkgs",
    toolchain = True,
    toolchain_name = "nixpkgs_java",
    toolchain_version = "17",
)
`;
  return `# For Bazel before 7; newer ones read MODULE.bazel. nixpkgs: ${nixpkgs}
load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_archive")

http_archive(
    name = "io_tweag_rules_nixpkgs",
    sha256 = "${rules.nixpkgsSum}",
    strip_prefix = "rules_nixpkgs-${rules.nixpkgs}",
    urls = ["https://github.com/tweag/rules_nixpkgs/releases/download/v${rules.nixpkgs}/rules_nixpkgs-${rules.nixpkgs}.tar.gz"],
)

load("@io_tweag_rules_nixpkgs//nixpkgs:repositories.bzl", "rules_nixpkgs_dependencies")

rules_nixpkgs_dependencies()

load("@io_tweag_rules_nixpkgs//nixpkgs:nixpkgs.bzl", "nixpkgs_local_repository")

nixpkgs_local_repository(
    name = "nixpkgs",
    nix_file = "//nix:nixpkgs.nix",
)

# rules_go itself: its release page names the archive and its sum for this place.
load("@io_tweag_rules_nixpkgs//nixpkgs:toolchains/go.bzl", "nixpkgs_go_configure")

nixpkgs_go_configure(repository = "@nixpkgs")
${hasJava ? java : ""}`;
}

function buildText({ modulePath, program, hasJava }: WorkspaceRequest): string {
  const folder = program.replace(/^\.\/?/, "");
  const target = folder === "" ? `//:${modulePath.split("/").at(-1) ?? "app"}` : `//${folder}`;
  const java = `
load("@rules_java//java:defs.bzl", "java_library")

java_library(
    name = "java",
    srcs = glob(["java/**/*.java"], allow_empty = True),
)
`;
  return `load("@gazelle//:def.bzl", "gazelle")

# gazelle:prefix ${modulePath}
gazelle(name = "gazelle")

# \`bazel run //:gazelle\` writes the rules of the packages.
alias(
    name = "program",
    actual = "${target}",
)
${hasJava ? java : ""}`;
}

function nixpkgsText({ nixpkgs }: WorkspaceRequest): string {
  return `# One commit of nixpkgs: the toolchains are what it says. \`nix-prefetch-url --unpack\` of the address tells the sum.
{ sha256 ? null, ... }@args:
let
  url = "https://github.com/NixOS/nixpkgs/archive/${nixpkgs}.tar.gz";
  source = if sha256 == null then builtins.fetchTarball url else builtins.fetchTarball { inherit url sha256; };
in
import source (removeAttrs args [ "sha256" ])
`;
}

const bazelrcText = `# The environment of whoever builds is none of an action's: PATH, HOME and such do not change what is built.
build --incompatible_strict_action_env
build --sandbox_default_allow_network=false
# Without this Bazel looks for a C compiler of its own accord, on PATH.
build --repo_env=BAZEL_DO_NOT_DETECT_CPP_TOOLCHAIN=1
build --host_platform=@rules_nixpkgs_core//platforms:host
`;

/** What the lab builds with Bazel: toolchains by folder, declared as repositories, and one rule for each language. */
export function hostBazelWorkspace({ goroot, javaHome }: HostToolchains): readonly WorkspaceFile[] {
  const java = javaHome === undefined ? "" : localRepository("jdk", javaHome, ["bin/javac", "lib", "conf"]);
  return [
    {
      path: "WORKSPACE",
      text: localRepository("go_sdk", goroot, ["bin/go", "src", "pkg", "go.env", "VERSION"]) + java,
    },
    { path: "BUILD", text: goRule + (javaHome === undefined ? "" : javaRule) },
  ];
}

function localRepository(name: string, path: string, files: readonly string[]): string {
  const exported = files.map((file) => `"${file}"`).join(", ");
  return `new_local_repository(
    name = "${name}",
    build_file_content = 'exports_files([${exported}])',
    path = ${JSON.stringify(path)},
)

`;
}

/** The environment is set here and not taken from whoever starts Bazel. */
const goRule = `genrule(
    name = "program",
    srcs = glob(["**/*.go"]) + ["go.mod"],
    outs = ["program.bin"],
    cmd = "export HOME=$$PWD/home GOCACHE=$$PWD/gocache GOENV=off GOTOOLCHAIN=local GOFLAGS=-trimpath CGO_ENABLED=0 GOROOT=$$PWD/external/go_sdk && out=$$PWD/$@ && external/go_sdk/bin/go build -buildvcs=false -o $$out .",
    tools = [
        "@go_sdk//:bin/go",
        "@go_sdk//:src",
        "@go_sdk//:pkg",
        "@go_sdk//:go.env",
        "@go_sdk//:VERSION",
    ],
)
`;

const javaRule = `
genrule(
    name = "java",
    srcs = ["Hello.java"],
    outs = ["Hello.class"],
    cmd = "external/jdk/bin/javac -d $(@D) $(SRCS)",
    tools = [
        "@jdk//:bin/javac",
        "@jdk//:lib",
        "@jdk//:conf",
    ],
)
`;

/** What the lab builds with Nix: the toolchain is a path that becomes a part of the store, named by its contents. */
export const nixExpression = `{ toolchain, source, language }:
let
  kept = builtins.path { path = toolchain; name = "toolchain"; };
  files = builtins.path { path = source; name = "source"; };
  out = builtins.placeholder "out";
in
derivation {
  name = language;
  system = builtins.currentSystem;
  builder = if language == "go" then "\${kept}/bin/go" else "\${kept}/bin/javac";
  args =
    if language == "go" then [ "build" "-C" "\${files}" "-buildvcs=false" "-o" out "." ]
    else [ "-d" out "\${files}/Hello.java" ];
  GOROOT = "\${kept}";
  HOME = "/build";
  GOCACHE = "/build/gocache";
  GOENV = "off";
  GOTOOLCHAIN = "local";
  GOFLAGS = "-trimpath";
  CGO_ENABLED = "0";
}
`;
