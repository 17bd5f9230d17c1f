/** What a build policy may ask of a go command. Each fact is found out when a rule mentions it, and not before. */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { textIfReadable } from "../../core/file-text.ts";
import { detectJob } from "../../ci/job.ts";
import { type GoCommandLine, flagText, isSwitchOn, parseGoCommand, parseGoflags } from "../../go/command-line.ts";
import { goValue } from "../../go/env.ts";
import type { Facts, FactValue, Vocabulary } from "../../policy/rule.ts";
import { packagePatternsMeet } from "./package-patterns.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A go command as it was asked for. */
export interface GoCommand {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
}

export const commandVocabulary: Vocabulary = {
  command: { kind: "text", doc: "go's verb: build, test, run, vet." },
  race: { kind: "switch", doc: "Whether -race is on, by a flag or GOFLAGS." },
  msan: { kind: "switch", doc: "Whether -msan is on." },
  asan: { kind: "switch", doc: "Whether -asan is on." },
  cover: { kind: "switch", doc: "Whether coverage is measured: -cover, -coverprofile, -coverpkg or -covermode." },
  coverpkg: { kind: "switch", doc: "Whether -coverpkg is given." },
  fuzz: { kind: "switch", doc: "Whether -fuzz is given." },
  trimpath: { kind: "switch", doc: "Whether -trimpath is on." },
  ldflags: { kind: "text", doc: "The value of -ldflags." },
  tags: { kind: "words", doc: "Each of the build tags of -tags." },
  packages: {
    kind: "words",
    doc: "The packages that are named, as patterns: a rule's pattern applies when the two have a package in common, so `./...` on the command line meets every one of the module.",
    matches: packagePatternsMeet,
  },
  release: { kind: "switch", doc: "Whether this is build or install of a tag, or of goreleaser." },
  cgo: {
    kind: "switch",
    doc: "Whether cgo is on: CGO_ENABLED, or a C compiler for a build of this machine's own kind.",
  },
  goos: { kind: "text", doc: "GOOS where it is set." },
  goarch: { kind: "text", doc: "GOARCH where it is set." },
  platform: { kind: "text", doc: "The CI platform: github, gitlab, jenkins, buildkite, none." },
  scope: { kind: "text", doc: "The branch or change: main, pr/123." },
  branch: { kind: "text", doc: "The branch; not known for a change. Outside of CI, the one that is checked out." },
  change: { kind: "switch", doc: "Whether this is a pull or merge request's job." },
  tag: { kind: "text", doc: "The tag that is built, as the CI platform tells." },
};

/** The facts of one command. */
export function commandFacts({ args, cwd, env }: GoCommand): Facts {
  const line = parseGoCommand(args);
  const goflags = parseGoflags(goValue(env, "GOFLAGS"));
  const folder = resolve(cwd, line.directory ?? ".");
  const flag = (name: string): string | undefined => flagText(name, line, goflags);
  const readers: Readonly<Record<string, () => FactValue | undefined>> = {
    command: () => line.verb,
    race: () => isSwitchOn(flag("race")),
    msan: () => isSwitchOn(flag("msan")),
    asan: () => isSwitchOn(flag("asan")),
    cover: () =>
      isSwitchOn(flag("cover")) || ["coverprofile", "coverpkg", "covermode"].some((name) => (flag(name) ?? "") !== ""),
    coverpkg: () => (flag("coverpkg") ?? "") !== "",
    fuzz: () => (flag("fuzz") ?? "") !== "",
    trimpath: () => isSwitchOn(flag("trimpath")),
    ldflags: () => flag("ldflags"),
    tags: () => (flag("tags") ?? "").split(/[, ]+/).filter((word) => word !== ""),
    packages: () => packagesOf(line, folder),
    release: () => isRelease(line.verb, env),
    cgo: () => isCgoOn(env),
    goos: () => goValue(env, "GOOS") || undefined,
    goarch: () => goValue(env, "GOARCH") || undefined,
    platform: () => detectJob(env).platform,
    scope: () => detectJob(env).scope,
    branch: () => branchOf(env, folder),
    change: () => detectJob(env).scope.startsWith("pr/"),
    tag: () => tagOf(env),
  };
  return (name) => (Object.hasOwn(readers, name) ? readers[name]?.() : undefined);
}

/** As import paths where the module's name is known: `./web` in example.org/app is example.org/app/web. */
function packagesOf(line: GoCommandLine, folder: string): readonly string[] {
  const named = line.packages.length === 0 ? ["."] : line.packages;
  return named.flatMap((pattern) => {
    if (!pattern.startsWith(".")) return [pattern];
    const path = importPath(folder, pattern);
    return path === undefined ? [pattern] : [path, pattern];
  });
}

/** The pattern of packages that `./pattern` in `folder` means, by the module above it. */
function importPath(folder: string, pattern: string): string | undefined {
  const path = resolve(folder, pattern);
  for (let root = folder; ; root = dirname(root)) {
    const name = /^module\s+"?([^\s"]+)/m.exec(textIfReadable(join(root, "go.mod")) ?? "")?.[1];
    if (name !== undefined) return path.startsWith(root) ? `${name}${path.slice(root.length)}` : undefined;
    if (dirname(root) === root) return undefined;
  }
}

function isRelease(verb: string, env: Environment): boolean {
  const isBuild = verb === "build" || verb === "install";
  return isBuild && (tagOf(env) !== undefined || (env["GORELEASER_CURRENT_TAG"] ?? "") !== "");
}

function isCgoOn(env: Environment): boolean {
  const set = goValue(env, "CGO_ENABLED");
  if (set !== "") return set === "1";
  const isForeign = [env["GOOS"] ?? ownOs, env["GOARCH"] ?? ownArch].join("/") !== `${ownOs}/${ownArch}`;
  const compiler = (env["CC"] || "gcc").split(" ")[0] ?? "gcc";
  return !isForeign && Bun.which(compiler, { PATH: env["PATH"] ?? "" }) !== null;
}

const ownOs = process.platform;
const ownArch = process.arch === "x64" ? "amd64" : process.arch;

/** Sources: each platform's page of predefined variables. */
function tagOf(env: Environment): string | undefined {
  const github = env["GITHUB_REF_TYPE"] === "tag" ? env["GITHUB_REF_NAME"] : undefined;
  return github || env["CI_COMMIT_TAG"] || env["BUILDKITE_TAG"] || env["TAG_NAME"] || undefined;
}

function branchOf(env: Environment, folder: string): string | undefined {
  const { platform, scope } = detectJob(env);
  if (scope.startsWith("pr/")) return undefined;
  return platform === "none" ? checkedOut(folder) : scope;
}

/** By `.git/HEAD`; a worktree's `.git` is a file that names the folder. */
function checkedOut(folder: string): string | undefined {
  for (let root = folder; ; root = dirname(root)) {
    const git = join(root, ".git");
    if (existsSync(git)) {
      const target = /^gitdir: (.+)$/m.exec(textIfReadable(git) ?? "")?.[1];
      const head = textIfReadable(join(target === undefined ? git : resolve(root, target), "HEAD")) ?? "";
      return /^ref: refs\/heads\/(\S+)$/m.exec(head)?.[1];
    }
    if (dirname(root) === root) return undefined;
  }
}
