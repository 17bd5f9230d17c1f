/**
 * The real components that Ballast is tested against, with their versions: the one place where they are pinned.
 * A component's version is never taken from PATH, because distributions carry others.
 */

/** How a component comes onto the machine. */
export type ComponentSource =
  | { readonly kind: "go-toolchain" }
  /** Programs of one Go module, built with the Go on PATH. */
  | { readonly kind: "go-install"; readonly packages: readonly string[] }
  | GoBuildSource
  | DebianSource;

/**
 * Programs of a module that `go install PACKAGE@VERSION` refuses, because its go.mod replaces modules, or that need C:
 * they are built inside a module made for the purpose, which requires only that one.
 */
export interface GoBuildSource {
  readonly kind: "go-build";
  readonly module: string;
  readonly packages: readonly string[];
  readonly cgo?: boolean;
  /** The version under which the modules that its go.mod replaces by its own folders are published. */
  readonly replacedVersion?: string;
}

/** Packages of the Debian release that the machine runs, unpacked beside it, with what they need and it lacks. */
export interface DebianSource {
  readonly kind: "debian";
  readonly packages: readonly string[];
  readonly programs: readonly string[];
  /** Its programs look for their files under /usr and /etc, so that they are started where these lie there. */
  readonly isTiedToItsPlace?: boolean;
}

export interface Component {
  readonly name: string;
  /** Exact, but for Debian's packages: there the start of the version, since a release replaces its patch levels. */
  readonly version: string;
  readonly source: ComponentSource;
  /** Whether this row has been installed and started, on Debian 12. Untried ones wait for the tests that need them. */
  readonly tried: boolean;
}

function goProgram(name: string, version: string, path: string): Component {
  return { name, version, source: { kind: "go-install", packages: [path] }, tried: false };
}

function goToolchain(name: string, version: string): Component {
  return { name, version, source: { kind: "go-toolchain" }, tried: true };
}

export const components: readonly Component[] = [
  goToolchain("go1.24", "1.24.13"),
  goToolchain("go1.25", "1.25.14"),
  // Keeps outdated coverage profiles (golang/go#74873).
  goToolchain("go1.25.0", "1.25.0"),
  goToolchain("go1.27", "1.27.4"),
  {
    name: "prometheus",
    version: "2.42.",
    source: { kind: "debian", packages: ["prometheus"], programs: ["prometheus", "promtool"] },
    tried: true,
  },
  {
    name: "nginx",
    version: "1.22.",
    source: { kind: "debian", packages: ["nginx"], programs: ["nginx"] },
    tried: true,
  },
  {
    name: "busybox",
    version: "1:1.35.",
    source: { kind: "debian", packages: ["busybox"], programs: ["busybox"] },
    tried: true,
  },
  { name: "rsync", version: "3.", source: { kind: "debian", packages: ["rsync"], programs: ["rsync"] }, tried: true },
  {
    name: "faketime",
    version: "0.9.",
    source: { kind: "debian", packages: ["faketime", "libfaketime"], programs: ["faketime"] },
    tried: true,
  },
  { name: "wrk", version: "4.1.", source: { kind: "debian", packages: ["wrk"], programs: ["wrk"] }, tried: true },
  {
    name: "postgresql",
    version: "15.",
    source: { kind: "debian", packages: ["postgresql-15"], programs: ["postgres", "initdb"] },
    tried: true,
  },
  { ...goProgram("nats-server", "v2.15.2", "github.com/nats-io/nats-server/v2"), tried: true },
  { ...goProgram("versitygw", "v1.8.0", "github.com/versity/versitygw/cmd/versitygw"), tried: true },
  {
    name: "buildkit",
    version: "v0.34.2",
    source: {
      kind: "go-build",
      module: "github.com/moby/buildkit",
      packages: ["github.com/moby/buildkit/cmd/buildkitd", "github.com/moby/buildkit/cmd/buildctl"],
    },
    tried: true,
  },
  { ...goProgram("buildx", "v0.38.2", "github.com/docker/buildx/cmd/buildx"), tried: true },
  { name: "runc", version: "1.", source: { kind: "debian", packages: ["runc"], programs: ["runc"] }, tried: true },
  {
    name: "kube-apiserver",
    version: "v1.37.2",
    source: {
      kind: "go-build",
      module: "k8s.io/kubernetes",
      packages: ["k8s.io/kubernetes/cmd/kube-apiserver"],
      replacedVersion: "v0.37.2",
    },
    tried: true,
  },
  {
    name: "kine",
    version: "v0.17.5",
    source: { kind: "go-build", module: "github.com/k3s-io/kine", packages: ["github.com/k3s-io/kine"], cgo: true },
    tried: true,
  },
  {
    name: "bazel",
    version: "4.2.3",
    source: { kind: "debian", packages: ["bazel-bootstrap"], programs: ["bazel-4"], isTiedToItsPlace: true },
    tried: true,
  },
  {
    name: "dockerd",
    version: "20.10.",
    source: {
      kind: "debian",
      packages: ["docker.io"],
      programs: ["dockerd", "docker"],
      isTiedToItsPlace: true,
    },
    tried: true,
  },
  {
    name: "nix",
    version: "2.8.",
    source: { kind: "debian", packages: ["nix-bin"], programs: ["nix-build"], isTiedToItsPlace: true },
    tried: true,
  },
  {
    name: "chromium",
    version: "1",
    source: { kind: "debian", packages: ["chromium"], programs: ["chromium"], isTiedToItsPlace: true },
    tried: true,
  },
  {
    name: "systemd",
    version: "252.",
    source: { kind: "debian", packages: ["systemd"], programs: ["systemd-analyze"], isTiedToItsPlace: true },
    tried: true,
  },
  {
    name: "docker-compose",
    version: "1.29.",
    source: { kind: "debian", packages: ["docker-compose"], programs: ["docker-compose"], isTiedToItsPlace: true },
    tried: true,
  },
  { ...goProgram("helm", "v3.22.0", "helm.sh/helm/v3/cmd/helm"), tried: true },
  goProgram("registry", "v3.1.2", "github.com/distribution/distribution/v3/cmd/registry"),
  { ...goProgram("act", "v0.2.89", "github.com/nektos/act"), tried: true },
  { ...goProgram("gotestsum", "v1.13.0", "gotest.tools/gotestsum"), tried: true },
  goProgram("actionlint", "v1.7.12", "github.com/rhysd/actionlint/cmd/actionlint"),
];

/**
 * What cannot exist in CI, with the reason: the one list of it. A test that needs one of these is skipped by that name,
 * also with CI=true; the labs report it as unverified. A convention test holds the list exactly.
 */
export const cannotExistInCi: readonly { readonly name: string; readonly reason: string }[] = [
  {
    name: "cgroup-v2",
    reason:
      "the machines mount the cpu controller as version 1; version 2 is read from recorded files, and run by npm run soak",
  },
  { name: "nixpkgs", reason: "it is fetched from github.com and cache.nixos.org, which no test may need" },
  {
    name: "bazel-rules",
    reason: "rules_go and rules_nixpkgs are fetched from registries and github.com, which no test may need",
  },
  {
    name: "ci-platforms",
    reason:
      "what GitHub, GitLab and Jenkins do with secrets is for them to show; their emulators, which tests run, are others' programs",
  },
];

/** Names that a skip may have with CI=true. */
export const componentsThatCannotExistInCi: readonly string[] = cannotExistInCi.map(({ name }) => name);

/** The row of `name`. Throws an error that lists the names when there is none. */
export function componentNamed(name: string): Component {
  const found = components.find((component) => component.name === name);
  if (found === undefined) {
    throw new Error(`no component ${name}; there are ${components.map((component) => component.name).join(", ")}`);
  }
  return found;
}
