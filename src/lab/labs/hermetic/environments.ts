/** One build in each kind of environment, with decoys in front of PATH that tell when they are started. */

import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bench } from "../../bench.ts";
import type { CleanGo } from "../../clean-environment.ts";
import { writeWorkspace } from "./init.ts";
import { hostBazelWorkspace, type HostToolchains, labNixpkgsWorkspace, nixExpression } from "./workspace-files.ts";

export const environments = ["system", "bazel", "nix", "nixpkgs"] as const;
export type EnvironmentKind = (typeof environments)[number];
export const languages = ["go", "java"] as const;
export type Language = (typeof languages)[number];

export interface HermeticValue {
  /** Of the artefact; absent where it was not built. */
  readonly digest: string | undefined;
  /** Why it was not built: reported as unverified. */
  readonly unverified: string | undefined;
  /** Programs of PATH that the build started although its toolchain was declared. */
  readonly fallbacks: readonly string[];
}

/** A Bazel workspace of the user's, instead of the lab's own. */
export interface OwnWorkspace {
  readonly folder: string;
  readonly target: string;
  /** What the target makes, below the workspace: `bazel-bin/program`. */
  readonly artefact: string;
}

export interface HermeticTools extends HostToolchains {
  readonly own: OwnWorkspace | undefined;
  /** The commit of Nixpkgs whose toolchains Bazel gets; absent: nobody named one. */
  readonly nixpkgs: string | undefined;
  readonly bazel: string | undefined;
  readonly nixBuild: string | undefined;
}

/** `java` is none of them: Bazel itself runs on it. */
const decoys = ["go", "javac", "gcc", "cc"] as const;
const deadlineMs = 300_000;
const saidChars = 400;

/** What a user's environment may look like; the artefact must not depend on it. */
const surroundings: readonly Readonly<Record<string, string>>[] = [
  { TZ: "UTC", LC_ALL: "C", USER: "one" },
  { TZ: "Asia/Tokyo", LC_ALL: "C.UTF-8", USER: "another" },
];

/** The tools of this machine that the lab uses. */
export function findTools(
  bench: Bench,
  go: CleanGo,
  { own, nixpkgs }: Pick<HermeticTools, "own" | "nixpkgs">,
): HermeticTools {
  const path = bench.userEnv["PATH"] ?? "";
  const which = (name: string): string | undefined => Bun.which(name, { PATH: path }) ?? undefined;
  const javac = which("javac");
  return {
    own,
    nixpkgs,
    goroot: go.goEnv["GOROOT"] ?? "",
    javaHome: javac === undefined ? undefined : javaHomeOf(javac),
    bazel: which("bazel") ?? which("bazelisk") ?? which("bazel-4"),
    nixBuild: which("nix-build"),
  };
}

/** Distributions have links on PATH; the JDK's folder is where they lead. */
function javaHomeOf(javac: string): string | undefined {
  const real = Bun.spawnSync(["readlink", "-f", javac]).stdout.toString().trim();
  const home = dirname(dirname(real));
  return existsSync(join(home, "bin", "javac")) ? home : undefined;
}

/** Builds once, in a new folder. `round` chooses the surroundings. */
export async function buildIn(
  kind: EnvironmentKind,
  language: Language,
  round: number,
  bench: Bench,
  go: CleanGo,
  tools: HermeticTools,
): Promise<HermeticValue> {
  using own = bench.folder(`hermetic-${kind}-${language}`);
  const source = join(own.path, `source-${round}`);
  writeSource(source);
  const log = join(own.path, "started");
  const shadow = writeDecoys(join(own.path, "decoys"), log, bench.userEnv["PATH"] ?? "");
  const env = {
    ...go.env,
    ...surroundings[round % surroundings.length],
    HOME: join(own.path, "home"),
    GOCACHE: join(own.path, "gocache"),
    PATH: `${shadow}:${bench.userEnv["PATH"] ?? ""}`,
  };
  mkdirSync(env.HOME, { recursive: true });
  const one: OneBuild = { bench, tools, language, source, folder: own.path, env };
  const { artefact, unverified } = await start(kind, one);
  const fallbacks = kind === "system" || !existsSync(log) ? [] : [...new Set(readFileSync(log, "utf8").split("\n"))];
  const digest = artefact === undefined ? undefined : digestOf(artefact);
  return { digest, unverified, fallbacks: fallbacks.filter((name) => name !== "") };
}

interface OneBuild {
  readonly bench: Bench;
  readonly tools: HermeticTools;
  readonly language: Language;
  readonly source: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Artefact {
  readonly artefact?: string;
  readonly unverified?: string | undefined;
}

function start(kind: EnvironmentKind, one: OneBuild): Promise<Artefact> {
  switch (kind) {
    case "system":
      return buildWithSystem(one);
    case "bazel":
      return buildWithBazel(one);
    case "nix":
      return buildWithNix(one);
    case "nixpkgs":
      return buildWithNixpkgs(one);
  }
}

function writeSource(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "go.mod"), "module example.org/hermetic\n\ngo 1.21\n");
  writeFileSync(join(folder, "main.go"), 'package main\n\nfunc main() { println("hello") }\n');
  const java = 'class Hello {\n  public static void main(String[] words) { System.out.println("hello"); }\n}\n';
  writeFileSync(join(folder, "Hello.java"), java);
}

/** Each decoy writes its name down and goes on as the real program, so that a fallback succeeds as it would. */
function writeDecoys(folder: string, log: string, path: string): string {
  mkdirSync(folder);
  for (const name of decoys) {
    const real = Bun.which(name, { PATH: path });
    if (real === null) continue;
    writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} >> '${log}'\nexec '${real}' "$@"\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

async function run(
  one: OneBuild,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const result = await one.bench.run(argv, { cwd: one.source, env, deadlineMs });
  return result.exitCode === 0 ? undefined : lastWords(result.stderr || result.stdout);
}

/** Lines that name an error, or the last ones. */
function lastWords(said: string): string {
  const lines = said.trim().split("\n");
  const errors = lines.filter((line) => /\berror\b/i.test(line));
  return (errors.length > 0 ? errors.slice(0, 3) : lines.slice(-4)).join(" / ").slice(0, saidChars);
}

async function buildWithSystem(one: OneBuild): Promise<Artefact> {
  const { language, source, env } = one;
  if (language === "java" && one.tools.javaHome === undefined) return { unverified: "there is no javac on PATH" };
  const argv =
    language === "go"
      ? ["go", "build", "-trimpath", "-buildvcs=false", "-o", "program.bin", "."]
      : ["javac", "-d", ".", "Hello.java"];
  const trouble = await run(one, argv, { ...env, CGO_ENABLED: "0" });
  const artefact = join(source, language === "go" ? "program.bin" : "Hello.class");
  return trouble === undefined ? { artefact } : { unverified: `the build failed: ${trouble}` };
}

async function buildWithBazel(one: OneBuild): Promise<Artefact> {
  const { bench, tools, language, source, folder, env } = one;
  if (tools.bazel === undefined) return { unverified: "there is no bazel on PATH" };
  if (language === "java" && tools.javaHome === undefined) return { unverified: "there is no JDK to declare" };
  if (tools.own === undefined) {
    for (const { path, text } of hostBazelWorkspace(tools)) writeFileSync(join(source, path), text);
  } else {
    // bazel-bin and such are links out of the folder.
    cpSync(tools.own.folder, source, { recursive: true, filter: (path) => !/\/bazel-[\w.-]+$/.test(path) });
  }
  const root = join(bench.cacheFolder, "bazel");
  mkdirSync(root, { recursive: true });
  const target = tools.own?.target ?? (language === "go" ? "//:program" : "//:java");
  const overrides = ["rules_cc", "rules_java"].map((name) => {
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(join(path, "WORKSPACE"), "");
    return `--override_repository=${name}=${path}`;
  });
  // A Bazel without a JDK of its own looks where javac of PATH lies, and would find a decoy.
  const own = tools.javaHome === undefined ? [] : [`--server_javabase=${tools.javaHome}`];
  const words = ["--nohome_rc", `--output_user_root=${root}`, ...own, "--batch", "build", target, ...overrides];
  const trouble = await run(one, [tools.bazel, ...words], env);
  const made = language === "go" ? "bazel-bin/program.bin" : "bazel-bin/Hello.class";
  const artefact = join(source, tools.own?.artefact ?? made);
  return trouble === undefined ? { artefact } : { unverified: `the build failed: ${trouble}` };
}

/** The rules need it: older ones read WORKSPACE, which has to name each archive of theirs. */
const nixpkgsBazel = 7;

/**
 * Bazel with what `ballast hermetic init` writes. It fetches rules and toolchains from the network, where there is one:
 * what fails of it is unverified, since nothing tells a wrong workspace from a registry that does not answer.
 */
async function buildWithNixpkgs(one: OneBuild): Promise<Artefact> {
  const { bench, language, source, env } = one;
  const { bazel, nixBuild, nixpkgs } = one.tools;
  if (nixpkgs === undefined) return { unverified: "no commit of Nixpkgs was named: --nixpkgs" };
  if (bazel === undefined) return { unverified: "there is no bazel on PATH" };
  if (nixBuild === undefined) return { unverified: "there is no nix-build on PATH" };
  const { stdout } = await bench.run([bazel, "--version"], { env, deadlineMs });
  const major = Number(/\d+/.exec(stdout)?.[0] ?? "0");
  const isOld = major < nixpkgsBazel;
  if (isOld) return { unverified: `the rules need Bazel ${nixpkgsBazel}, and this one says ${stdout.trim()}` };
  writeWorkspace(source, labNixpkgsWorkspace(nixpkgs));
  const root = join(bench.cacheFolder, "bazel-nixpkgs");
  mkdirSync(root, { recursive: true });
  const target = language === "go" ? "//:program" : "//:java";
  const words = [bazel, "--nohome_rc", `--output_user_root=${root}`, "--batch", "build", target];
  const trouble = await run(one, words, env);
  const artefact = join(source, language === "go" ? "bazel-bin/program_/program" : "bazel-bin/libjava.jar");
  return trouble === undefined ? { artefact } : { unverified: `the build failed: ${trouble}` };
}

async function buildWithNix(one: OneBuild): Promise<Artefact> {
  const { tools, language, source, folder, env } = one;
  const { nixBuild, goroot, javaHome } = tools;
  if (nixBuild === undefined) return { unverified: "there is no nix-build on PATH" };
  const toolchain = language === "go" ? goroot : javaHome;
  if (toolchain === undefined) return { unverified: "there is no JDK to declare" };
  const needsLibraries = "a JDK outside of Nixpkgs needs libraries that its store does not have";
  if (language === "java") return { unverified: needsLibraries };
  const expression = join(folder, "build.nix");
  writeFileSync(expression, nixExpression);
  const args = Object.entries({ toolchain, source, language }).flatMap(([name, value]) => ["--argstr", name, value]);
  const link = join(folder, "result");
  const words = [
    nixBuild,
    expression,
    ...args,
    "--out-link",
    link,
    "--option",
    "sandbox",
    "true",
    "--option",
    "build-users-group",
    "",
  ];
  const trouble = await run(one, words, { ...env, ...storeVariables(one) });
  return trouble === undefined ? { artefact: link } : { unverified: `the build failed: ${trouble}` };
}

/** A store of the lab's own for each build: one that holds the result already would not build. */
function storeVariables({ folder }: OneBuild): Record<string, string> {
  const root = join(folder, "nix");
  return {
    NIX_STORE_DIR: join(root, "store"),
    NIX_STATE_DIR: join(root, "state"),
    NIX_LOG_DIR: join(root, "log"),
    NIX_CONF_DIR: join(root, "conf"),
    NIX_REMOTE: "local",
    NIX_PATH: "",
  };
}

function digestOf(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}
