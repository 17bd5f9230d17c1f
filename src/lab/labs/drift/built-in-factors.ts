/** The factors that are there without being described. */

import type { BuildFactor, FactorGround } from "./factor.ts";

/** A factor, whether it is varied when none is named, and why it cannot be varied here. */
export interface BuiltInFactor extends BuildFactor {
  readonly isDefault: boolean;
  missing?(ground: FactorGround): string | undefined;
}

const needsGit = ({ hasGit }: FactorGround): string | undefined => (hasGit ? undefined : "git is not on PATH");
const needsCompiler = ({ compiler }: FactorGround): string | undefined =>
  compiler === undefined ? "there is no C compiler" : undefined;
const flag = (name: string) => (level: string) => (level === "" ? {} : { flags: [`-${name}=${level}`] });
const variable = (name: string) => (level: string) => (level === "" ? {} : { env: { [name]: level } });

/** All built-in factors on this machine, the order in which they are reported. */
export function builtInFactors(ground: FactorGround): readonly BuiltInFactor[] {
  return [
    ...placeFactors,
    ...versionControlFactors,
    ...environmentFactors,
    ...compilerFactors(ground),
    ...goFactors(ground),
  ];
}

const placeFactors: readonly BuiltInFactor[] = [
  {
    name: "workdir",
    doc: "the folder of the checkout; two copies with paths of different length",
    levels: ["a", "b"],
    isDefault: true,
    change: (level) => ({ place: level === "b" ? "b" : "a" }),
  },
  {
    name: "trimpath",
    doc: "-trimpath",
    levels: ["off", "on"],
    hardened: "on",
    isCostly: true,
    isDefault: true,
    change: (level) => (level === "on" ? { flags: ["-trimpath"] } : {}),
  },
];

const versionControlFactors: readonly BuiltInFactor[] = [
  {
    name: "buildvcs",
    doc: "-buildvcs: whether the commit is written into the binary",
    levels: ["on", "off"],
    hardened: "off",
    isDefault: true,
    missing: needsGit,
    change: (level) => ({ flags: [`-buildvcs=${level === "on"}`] }),
  },
  {
    name: "commit",
    doc: "which commit is checked out; both have the same files",
    levels: ["1", "2"],
    isDefault: true,
    missing: needsGit,
    change: (level) => ({ commit: level === "2" ? "2" : "1" }),
  },
  {
    name: "dirty",
    doc: "an untracked file in the repository",
    levels: ["no", "yes"],
    isDefault: true,
    missing: needsGit,
    change: (level) => ({ isDirty: level === "yes" }),
  },
];

const environmentFactors: readonly BuiltInFactor[] = [
  {
    name: "asyncpreemptoff",
    doc: "GODEBUG=asyncpreemptoff=1 for go and all that it starts",
    levels: ["0", "1"],
    isHiddenByCache: true,
    isDefault: true,
    change: (level) => (level === "1" ? { env: { GODEBUG: "asyncpreemptoff=1" } } : {}),
  },
  {
    name: "gocache",
    doc: "the lab's shared GOCACHE, or an empty one for each build",
    levels: ["shared", "fresh"],
    // The noise floor compares the two already; as a factor it costs a cold build in every second cell.
    isDefault: false,
    change: (level) => ({ hasFreshCache: level === "fresh" }),
  },
  { name: "tz", doc: "TZ", levels: ["UTC", "Asia/Tokyo"], isDefault: true, change: variable("TZ") },
  {
    name: "parallelism",
    doc: "all processors, or -p=1 with GOMAXPROCS=1",
    levels: ["all", "1"],
    isHiddenByCache: true,
    isDefault: true,
    change: (level) => (level === "1" ? { flags: ["-p=1"], env: { GOMAXPROCS: "1" } } : {}),
  },
];

function compilerFactors({ goEnv, compiler }: FactorGround): readonly BuiltInFactor[] {
  const name = goEnv["CC"] ?? "gcc";
  return [
    {
      name: "cgo",
      doc: "CGO_ENABLED",
      levels: ["1", "0"],
      isCostly: true,
      isDefault: true,
      missing: needsCompiler,
      change: variable("CGO_ENABLED"),
    },
    {
      name: "cc",
      doc: "the C compiler by its name, or the same one by its path",
      levels: [name, compiler ?? name],
      isDefault: true,
      missing: (ground) => needsCompiler(ground) ?? (compiler === name ? "CC is a path already" : undefined),
      change: variable("CC"),
    },
    {
      name: "cgoflags",
      doc: "CGO_CFLAGS",
      levels: ["-g -O2", "-g -O1"],
      isDefault: true,
      missing: needsCompiler,
      change: variable("CGO_CFLAGS"),
    },
  ];
}

function goFactors({ goEnv }: FactorGround): readonly BuiltInFactor[] {
  const hasAmd64 = goEnv["GOARCH"] === "amd64";
  const needsVersion =
    (minor: number) =>
    ({ version }: FactorGround): string | undefined =>
      version[0] === 1 && version[1] < minor ? `Go 1.${minor} or newer is needed` : undefined;
  return [
    { name: "ldflags", doc: "-ldflags", levels: ["", "-s -w"], isDefault: true, change: flag("ldflags") },
    {
      name: "goamd64",
      doc: "GOAMD64: which instructions the compiler may use",
      levels: ["v1", "v3"],
      isCostly: true,
      isDefault: true,
      missing: () => (hasAmd64 ? undefined : `GOARCH is ${goEnv["GOARCH"]}`),
      change: variable("GOAMD64"),
    },
    {
      name: "pgo",
      doc: "-pgo; the same where there is no default.pgo",
      levels: ["auto", "off"],
      isDefault: true,
      missing: needsVersion(20),
      change: flag("pgo"),
    },
    {
      name: "goexperiment",
      doc: "GOEXPERIMENT",
      levels: ["", "jsonv2"],
      isCostly: true,
      isDefault: true,
      missing: needsVersion(25),
      change: variable("GOEXPERIMENT"),
    },
    {
      name: "gofips140",
      doc: "GOFIPS140: which cryptographic module",
      levels: ["off", "latest"],
      isCostly: true,
      isDefault: true,
      missing: needsVersion(24),
      change: variable("GOFIPS140"),
    },
    {
      name: "toolchain",
      doc: "GOTOOLCHAIN; needs its levels to be named: --factor toolchain=go1.26.8,go1.27.1",
      levels: ["local", "local"],
      isCostly: true,
      isDefault: false,
      change: variable("GOTOOLCHAIN"),
    },
  ];
}
