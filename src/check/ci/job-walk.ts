/**
 * One job, followed step by step: which environment each command has, which go commands there are, where Go's folders
 * lie when a cache is restored. The platforms' readers tell it what happens, in order.
 */

import { type YamlNode, offsetFinder } from "../yaml/yaml-node.ts";
import type { CiCommand, CiPlace, CiText, EnvValue, Environment, GoFolders } from "./model.ts";
import { type Machine, goFoldersOf, resolveFolder } from "./paths.ts";
import type { ShellCommand } from "../shell/shell-command.ts";
import { splitShell } from "../shell/split-shell.ts";
import { findGo, goUseOf } from "./go-use.ts";

export interface ScriptSource {
  readonly text: string;
  /** Where the text at an offset stands in the file. */
  readonly placeAt: (start: number, end: number) => CiPlace;
  /** Replaces the platform's own expressions in a word. */
  readonly resolve?: (text: string) => string;
}

/** What holds for one script, besides what the job has. */
export interface ScriptFrame {
  readonly env: Environment;
  readonly folder: string | undefined;
  readonly isConditional: boolean;
}

/** A script that is a YAML scalar. */
export function yamlScript(
  path: string,
  source: string,
  node: YamlNode,
  resolve?: (text: string) => string,
): ScriptSource {
  const find = offsetFinder(source, node);
  return {
    text: node.text,
    ...(resolve === undefined ? {} : { resolve }),
    placeAt: (start, end) => {
      const from = find(start);
      const to = Math.min(from + Math.max(1, end - start), node.end);
      const lineEnd = source.indexOf("\n", from);
      return { path, start: from, end: lineEnd < 0 ? to : Math.min(to, Math.max(from + 1, lineEnd)) };
    },
  };
}

export interface ShellState {
  readonly env: Environment;
  readonly folder: string | undefined;
}

export interface JobWalk {
  readonly machine: Machine;
  readonly env: Map<string, EnvValue>;
  readonly commands: CiCommand[];
  /** Runs what is not looked into. */
  isOpaque: boolean;
  at: number;
}

export function startWalk(machine: Machine, env: Environment): JobWalk {
  return { machine, env: new Map(env), commands: [], isOpaque: false, at: 0 };
}

/** The next moment of the job. */
export function nextMoment(walk: JobWalk): number {
  walk.at += 1;
  return walk.at;
}

export function foldersNow(walk: JobWalk, env: Environment = walk.env): GoFolders {
  return goFoldersOf(env, walk.machine);
}

/** Commands that cannot run go, and so leave a job as clear as it was. */
const harmless = new Set(
  (
    "echo printf cd mkdir rm cp mv ls cat set export unset test [ [[ ] true false exit sleep git curl wget tar unzip zip " +
    "podman nerdctl buildah docker-compose skopeo chmod chown apt apt-get apk yum brew dnf npm pip pip3 docker gofmt codecov gh jq sed awk grep sort uniq tee head tail " +
    "cut tr env pwd date source . read local return shift find xargs id whoami uname df du free ssh scp rsync base64 " +
    "sha256sum touch ln diff kubectl helm aws gcloud az terraform pushd popd wait kill eval which command type"
  ).split(" "),
);

/** Follows a script. What its shell ends with, for platforms whose next script goes on in the same shell. */
export function walkScript(walk: JobWalk, script: ScriptSource, frame: ScriptFrame): ShellState {
  const env = new Map([...walk.env, ...frame.env]);
  let current = frame.folder === undefined ? walk.machine.workspace : resolveFolder(frame.folder, env, walk.machine);
  // Most commands change nothing, so they share one picture of the environment.
  let shared: Environment = new Map(env);
  for (const command of splitShell(script.text).commands) {
    const found = wordsOf(script, command);
    const words = found.map((word) => word.text);
    if (words[0] === "cd") {
      current = words[1] === undefined ? undefined : resolveFolder(words[1], env, walk.machine, current);
    }
    const assignments = command.assignments.map((one) => ({
      ...one,
      value: script.resolve?.(one.value) ?? one.value,
    }));
    const place = script.placeAt(command.start, command.end);
    applySetting(walk, env, { command, words, assignments, place });
    if (changesEnvironment(words)) shared = new Map(env);
    const isConditional = command.isConditional || frame.isConditional;
    walk.commands.push(commandOf(walk, { ...command, assignments, isConditional }, found, shared, current, place));
    if (isUnknown(words)) walk.isOpaque = true;
  }
  return { env, folder: current };
}

function changesEnvironment([first, second]: readonly string[]): boolean {
  return first === undefined || first === "export" || first === "unset" || (first === "go" && second === "env");
}

/** The words of a command; an expression that is a word of its own may become several. */
function wordsOf(script: ScriptSource, command: ShellCommand): readonly CiText[] {
  return command.words.flatMap(({ text, start, end }) => {
    const place = script.placeAt(start, end);
    const resolved = text.includes("${{") ? (script.resolve?.(text) ?? text) : text;
    if (resolved === text || resolved.includes("${{")) return [{ text: resolved, place }];
    const parts = /^\$\{\{[^}]*\}\}$/.test(text) ? resolved.split(/\s+/).filter((part) => part !== "") : [resolved];
    return parts.map((part) => ({ text: part, place }));
  });
}

function isUnknown(words: readonly string[]): boolean {
  const [first] = words;
  return first !== undefined && !harmless.has(first.split("/").at(-1) ?? "") && findGo(words) === undefined;
}

function commandOf(
  walk: JobWalk,
  command: ShellCommand,
  words: readonly CiText[],
  scriptEnv: Environment,
  folder: string | undefined,
  place: CiPlace,
): CiCommand {
  const found = findGo(words.map(({ text }) => text));
  const own = [...command.assignments.map(({ name, value }) => [name, value] as const), ...(found?.assigned ?? [])];
  const env = own.length === 0 ? scriptEnv : withOwn(scriptEnv, own, place);
  return {
    words,
    redirects: command.redirections,
    place,
    at: nextMoment(walk),
    env,
    folder,
    isConditional: command.isConditional,
    isSubstitution: command.depth > 0,
    folders: goFoldersOf(env, walk.machine, folder),
    ...(found === undefined ? {} : { go: goUseOf(found, env) }),
  };
}

function withOwn(base: Environment, own: readonly (readonly [string, string])[], place: CiPlace): Environment {
  const env = new Map(base);
  for (const [name, value] of own) env.set(name, { text: expand(value, base), place, level: "script" });
  return env;
}

interface SettingCommand {
  readonly command: ShellCommand;
  readonly words: readonly string[];
  readonly assignments: ShellCommand["assignments"];
  readonly place: CiPlace;
}

/** What a command changes for those after it: `export`, `go env -w`, a line for $GITHUB_ENV. */
function applySetting(walk: JobWalk, env: Map<string, EnvValue>, setting: SettingCommand): void {
  const { command, words, place } = setting;
  const set = (name: string, text: string): void => {
    env.set(name, { text: expand(text, env), place, level: "script" });
  };
  if (words.length === 0) {
    for (const { name, value } of setting.assignments) set(name, value);
  } else if (words[0] === "export") {
    for (const word of words.slice(1)) setAssignment(word, set);
  } else if (words[0] === "unset") {
    for (const name of words.slice(1)) env.delete(name);
  } else if (words[0] === "go" && words[1] === "env" && words[2] === "-w") {
    for (const word of words.slice(3)) {
      setAssignment(word, (name, text) => {
        // The environment is stronger than what `go env -w` writes.
        if (env.has(name)) return;
        set(name, text);
        walk.env.set(name, { text: expand(text, env), place, level: "script" });
      });
    }
  } else if (writesTo(command, /\$\{?GITHUB_ENV\}?|\$env:GITHUB_ENV/)) {
    for (const word of words.slice(1)) {
      setAssignment(word, (name, text) => walk.env.set(name, { text: expand(text, env), place, level: "script" }));
    }
  }
}

/** A here-document's text is no file. */
function writesTo({ redirections }: ShellCommand, file: RegExp): boolean {
  return redirections.some(({ operator, target }) => operator.startsWith(">") && file.test(target));
}

function setAssignment(word: string, set: (name: string, text: string) => void): void {
  const found = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word);
  if (found !== null) set(found[1] ?? "", found[2] ?? "");
}

/** Variables that are known, by their values; the others stay as they are. */
export function expand(text: string, env: Environment): string {
  if (!text.includes("$")) return text;
  return text.replaceAll(/\$\{([A-Za-z_]\w*)\}|\$(?!\{\{)([A-Za-z_]\w*)/g, (whole, a?: string, b?: string) => {
    const value = env.get(a ?? b ?? "")?.text;
    return value === undefined || value.length > 4096 ? whole : value;
  });
}
