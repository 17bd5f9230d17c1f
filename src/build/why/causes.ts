/** What changed between the inputs of one package in two runs, in words. */

export type CauseKind =
  | "compiler"
  | "flag"
  | "directory"
  | "environment"
  | "source"
  | "file time"
  | "build information"
  | "new package"
  | "not in the cache"
  | "not recorded";

export interface Cause {
  readonly kind: CauseKind;
  /** `go1.26.8 → go1.27.0`, `GOAMD64=v1 → v3`, `web.go`. */
  readonly what: string;
}

export interface InputChange {
  /** What the package itself has changed. */
  readonly own: readonly Cause[];
  /** Import paths whose compiled package changed. */
  readonly dependencies: readonly string[];
}

type Change = readonly [before: string, after: string];

/** Compares what Go hashed for a package in two runs. Lines are named by their beginning; the rest is the value. */
export function compareInputs(before: readonly string[], after: readonly string[]): InputChange {
  const [was, is] = [keyed(before), keyed(after)];
  const own: Cause[] = [];
  const dependencies: string[] = [];
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    const change: Change = [was.get(key) ?? "", is.get(key) ?? ""];
    if (change[0] === change[1]) continue;
    if (key.startsWith("import ")) dependencies.push(key.slice("import ".length));
    else own.push(...causesOf(key, change));
  }
  return { own: withoutEcho(own), dependencies };
}

/** The main package's archive is named by its own inputs in the link step's; its imports say the same. */
const echoes = /^packagemain /;

function keyed(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    if (echoes.test(line)) continue;
    const [key, value] = index === 0 && /^go\d|^devel/.test(line) ? ["toolchain", line] : splitLine(line);
    found.set(key, found.has(key) ? `${found.get(key)}\n${value}` : value);
  }
  return found;
}

function splitLine(line: string): [string, string] {
  const dependency = /^(?:import|packagefile|packageshlib) ([^\s="]+)[ =](\S*)$/.exec(line);
  if (dependency !== null) return [`import ${dependency[1]}`, dependency[2] ?? ""];
  const file = /^file (\S+) (\S*)$/.exec(line);
  if (file !== null) return [`file ${file[1]}`, file[2] ?? ""];
  const variable = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(line);
  if (variable !== null) return [`variable ${variable[1]}`, variable[2] ?? ""];
  const space = line.indexOf(" ");
  return space < 0 ? [line, "there"] : [line.slice(0, space), line.slice(space + 1)];
}

function causesOf(key: string, change: Change): Cause[] {
  const [word = "", name = ""] = key.split(" ", 2);
  if (word === "file") return [{ kind: "source", what: fileText(name, change) }];
  if (word === "variable") return [variableCause(name, change)];
  switch (word) {
    case "toolchain":
      return [{ kind: "compiler", what: arrow(change) }];
    case "compile":
    case "link":
    case "asm":
    case "cgo":
    case "cover":
      return toolCauses(word, change);
    case "dir":
      if (change.includes("")) return [{ kind: "flag", what: change[0] === "" ? "-trimpath no longer" : "-trimpath" }];
      return [{ kind: "directory", what: arrow(withoutCommonEnd(change)) }];
    case "goos":
      return [{ kind: "environment", what: `GOOS and GOARCH: ${arrow(change)}` }];
    case "modinfo":
      return [{ kind: "build information", what: "what the binary says of itself: module versions, flags, commit" }];
    case "go":
      return [{ kind: "source", what: `go.mod's go line: ${arrow(change)}` }];
    case "defaultgodebug":
      return [{ kind: "source", what: "the default GODEBUG, of the go line and //go:debug" }];
    default:
      return [{ kind: "flag", what: `${word}: ${arrow([hidden(change[0]), hidden(change[1])])}` }];
  }
}

function fileText(name: string, [before, after]: Change): string {
  if (before === "") return `${name} is new`;
  return after === "" ? `${name} is gone` : name;
}

function variableCause(name: string, change: Change): Cause {
  if (name === "GOROOT") return { kind: "directory", what: `GOROOT: ${arrow(change)}` };
  // What these hold may be a secret of the one who set it.
  const isShown = !/FLAGS|EXTRA/.test(name);
  return { kind: "environment", what: isShown ? `${name}: ${arrow(change)}` : name };
}

/** `compile version go1.26.8 [flags] [flags]`: the tool's own id, then its flags. */
function toolCauses(tool: string, change: Change): Cause[] {
  const [was, is] = change.map(splitTool) as [readonly [string, string], readonly [string, string]];
  const causes: Cause[] = [];
  if (was[0] !== is[0]) causes.push({ kind: "compiler", what: arrow([was[0], is[0]]) });
  if (was[1] !== is[1]) causes.push({ kind: "flag", what: flagsText(tool, [was[1], is[1]]) });
  return causes;
}

/** `-race is new`: what tools have in common reads the same, so that one flag is one cause. */
function flagsText(tool: string, change: Change): string {
  const [was, is] = change.map((text) => quotedWords(hidden(text))) as [string[], string[]];
  const added = is.filter((word) => !was.includes(word)).map((word) => `${word} is new`);
  const removed = was.filter((word) => !is.includes(word)).map((word) => `${word} is gone`);
  const all = [...added, ...removed];
  return all.length > 0 ? all.join(", ") : `${tool}: ${arrow([hidden(change[0]), hidden(change[1])])}`;
}

function quotedWords(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? "");
}

function splitTool(text: string): readonly [string, string] {
  const at = text.indexOf("[");
  return at < 0 ? [text, ""] : [text.slice(0, at).trim(), text.slice(at)];
}

/** Values of -X may be secrets. */
function hidden(flags: string): string {
  return flags.replace(/(-X[" =]+[^"=]+=)[^"\]]*/g, "$1…");
}

/** The toolchain's version is in the first line and in each tool's: one cause. */
function withoutEcho(causes: readonly Cause[]): Cause[] {
  const compilers = causes.filter(({ kind }) => kind === "compiler");
  const first = compilers.find(({ what }) => what.startsWith("go")) ?? compilers[0];
  return causes.filter((cause) => cause.kind !== "compiler" || cause === first);
}

/** `/a/src/web` and `/b/src/web` differ in `/a` and `/b`: the same for every package of a checkout. */
function withoutCommonEnd([before, after]: Change): Change {
  const [was, is] = [before.split("/"), after.split("/")];
  while (was.length > 1 && is.length > 1 && was.at(-1) === is.at(-1)) {
    was.pop();
    is.pop();
  }
  return [was.join("/") || "/", is.join("/") || "/"];
}

function arrow([before, after]: Change): string {
  return `${before || "(none)"} → ${after || "(none)"}`;
}
