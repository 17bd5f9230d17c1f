/** What a shell command asks of Go: its verb, its flags, and what of them enters the keys of Go's build cache. */

import { flagsWithValue } from "../shell/go-invocation.ts";
import type { BuildVariant, Environment, GoUse } from "./model.ts";

/** `generate` mostly runs `go run`. */
const compilingVerbs = new Set(["build", "test", "install", "run", "vet", "generate", "fix"]);

/** Tools that come compiled with Go; any other name is one of the module, and is built first. */
const readyTools = new Set(
  "addr2line asm buildid cgo compile cover covdata dist doc fix link nm objdump pack pprof test2json trace vet".split(
    " ",
  ),
);

/** Programs that run go, and whether they compile. `make` and scripts are not among them: nobody knows. */
const goPrograms: ReadonlyMap<string, boolean> = new Map([
  ["gotestsum", true],
  ["ginkgo", true],
  ["richgo", true],
  ["goreleaser", true],
  ["golangci-lint", true],
  ["staticcheck", true],
  ["govulncheck", true],
  ["gofmt", false],
  ["goimports", false],
  ["gofumpt", false],
  ["gci", false],
  ["go-licenses", true],
  ["gox", true],
  ["ko", true],
  ["xk6", true],
]);

/** Words that run the command after them. */
const wrappers = new Set([
  "sudo",
  "env",
  "time",
  "nice",
  "nohup",
  "exec",
  "command",
  "xvfb-run",
  "dbus-run-session",
  "catchsegv",
]);

export interface FoundGo {
  readonly program: string;
  /** The words after the program. */
  readonly rest: readonly string[];
  /** `env A=b go …`: what is set for this command besides its own assignments. */
  readonly assigned: ReadonlyMap<string, string>;
}

/** The go program that `words` run, through wrappers; undefined when they run something else. */
export function findGo(words: readonly string[]): FoundGo | undefined {
  const assigned = new Map<string, string>();
  for (let at = 0; at < words.length && at < 12; at++) {
    const word = words[at] ?? "";
    const name = word.split("/").at(-1) ?? "";
    if (/^go(?:\d+(?:\.\d+)*(?:rc\d+|beta\d+)?)?(?:\.exe)?$/.test(name)) {
      return { program: "go", rest: words.slice(at + 1), assigned };
    }
    if (goPrograms.has(name)) return { program: name, rest: words.slice(at + 1), assigned };
    const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word);
    if (assignment !== null) assigned.set(assignment[1] ?? "", assignment[2] ?? "");
    else if (name === "timeout" || name === "retry") at = afterOptions(words, at, name === "timeout" ? 1 : 0);
    else if (!wrappers.has(name) && !word.startsWith("-")) return undefined;
  }
  return undefined;
}

function afterOptions(words: readonly string[], start: number, operands: number): number {
  let at = start;
  while (words[at + 1]?.startsWith("-") === true) at++;
  return at + operands;
}

/** What the command does. `env` is the environment in force, with `GOFLAGS` and `GOOS` in it. */
export function goUseOf(found: FoundGo, env: Environment): GoUse {
  const { program } = found;
  const inner = program === "gotestsum" ? afterDashes(found.rest) : found.rest;
  const rest = inner[0] === "-C" ? inner.slice(2) : inner;
  const isPair = program === "go" && ["mod", "work", "tool"].includes(rest[0] ?? "");
  const verb = program === "go" ? rest.slice(0, isPair ? 2 : 1).join(" ") : "";
  const tail = program === "go" ? rest.slice(isPair ? 2 : 1) : rest;
  const own = readFlags(tail);
  const flags = new Map([...goFlagsOf(env), ...own.flags]);
  const isCompiling = program === "go" ? isCompilingVerb(verb, flags) : (goPrograms.get(program) ?? false);
  return { program, verb, flags, args: own.args, isCompiling, variant: variantOf(flags, env) };
}

function afterDashes(words: readonly string[]): readonly string[] {
  const at = words.indexOf("--");
  return at < 0 ? [] : words.slice(at + 1);
}

function isCompilingVerb(verb: string, flags: ReadonlyMap<string, string>): boolean {
  if (flags.has("n")) return false;
  if (verb.startsWith("tool ")) return !readyTools.has(verb.slice(5));
  return compilingVerbs.has(verb) || (verb === "list" && flags.has("export"));
}

function readFlags(words: readonly string[]): { flags: Map<string, string>; args: string[] } {
  const flags = new Map<string, string>();
  const args: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const written = /^--?([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/.exec(word);
    if (word === "--" || word === "-args" || word === "--args") {
      args.push(...words.slice(at + 1));
      break;
    }
    if (written === null) {
      args.push(word);
      continue;
    }
    const [, name = "", attached] = written;
    const takesNext = attached === undefined && flagsWithValue.has(name);
    flags.set(name, attached ?? (takesNext ? (words[at + 1] ?? "") : "true"));
    if (takesNext) at++;
  }
  return { flags, args };
}

/** The flags that `GOFLAGS` adds to each command. */
function goFlagsOf(env: Environment): ReadonlyMap<string, string> {
  const words = (env.get("GOFLAGS")?.text ?? "").split(/\s+/).filter((word) => word !== "");
  return new Map(
    words.flatMap((word) => {
      const written = /^--?([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/.exec(word.replace(/^['"]|['"]$/g, ""));
      return written === null ? [] : [[written[1] ?? "", written[2] ?? "true"] as const];
    }),
  );
}

/** Variables that enter the key of every compile action. Source: GOROOT/src/cmd/go/internal/work/exec.go, buildActionID. */
const keyVariables = ["GOOS", "GOARCH", "GOAMD64", "GOARM", "GOARM64", "GO386", "GOEXPERIMENT", "CGO_ENABLED"];

function variantOf(flags: ReadonlyMap<string, string>, env: Environment): BuildVariant {
  const variant = new Map<string, string>();
  for (const name of ["race", "msan", "asan", "trimpath"]) {
    const value = flags.get(name);
    if (value !== undefined && value !== "false" && value !== "0") variant.set(`-${name}`, "true");
  }
  for (const name of keyVariables) {
    const value = env.get(name)?.text;
    if (value !== undefined && value !== "") variant.set(name, value);
  }
  const gcflags = flags.get("gcflags");
  if (gcflags?.startsWith("all=") === true) variant.set("-gcflags", gcflags);
  return variant;
}

/** The variant in words, as messages print it. */
export function variantText(variant: BuildVariant): string {
  const words = [...variant].map(([name, value]) => (value === "true" ? name : `${name}=${value}`));
  return words.length === 0 ? "the default build" : words.join(" ");
}
