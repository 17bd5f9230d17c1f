/** Which go command a shell command runs, with its flags and its own environment. */

import type { ShellAssignment, ShellCommand, ShellWord } from "./shell-command.ts";
import { splitShell } from "./split-shell.ts";

export interface GoFlag {
  /** Without dashes: `ldflags`. */
  readonly name: string;
  /** As written after `=` or in the next word; absent for a switch. */
  readonly value?: string;
  readonly word: ShellWord;
}

export interface GoInvocation {
  readonly command: ShellCommand;
  /** The word `go` itself. */
  readonly program: ShellWord;
  /** `build`, `test`, `mod download`, `clean`, … */
  readonly verb: string;
  /** The last word of the verb: a flag can be inserted after it. */
  readonly verbWord: ShellWord;
  readonly flags: readonly GoFlag[];
  readonly args: readonly ShellWord[];
  /** Set for this command only: `CGO_ENABLED=0 go build`, `env GOOS=linux go build`. */
  readonly assignments: readonly ShellAssignment[];
}

/** Words that run the command after them. */
const wrappers = new Set(["env", "exec", "command", "nice", "nohup", "sudo", "time", "xvfb-run"]);
const goNames = /^(?:.*\/)?(?:go|xx-go|go1\.\d+(?:\.\d+)?)$/;
/** Flags of go that take a value in the next word. Source: `go help build`, `go help test`, `go help testflag`. */
export const flagsWithValue: ReadonlySet<string> = new Set(
  (
    "C asmflags buildmode compiler coverpkg covermode coverprofile cpu count exec gcflags gccgoflags " +
    "installsuffix ldflags mod modfile o overlay p parallel pgo pkgdir run bench benchtime skip shuffle tags timeout " +
    "toolexec outputdir cpuprofile memprofile blockprofile mutexprofile trace fuzz fuzztime vet vettool f"
  ).split(" "),
);

/** The go command that `command` runs, if it runs one. */
export function goInvocationOf(command: ShellCommand): GoInvocation | undefined {
  const assignments = [...command.assignments];
  let at = 0;
  while (at < command.words.length) {
    const word = command.words[at];
    if (word === undefined) return undefined;
    if (goNames.test(word.text)) return readGo(command, at, assignments);
    const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(word.text);
    if (at > 0 && assignment !== null) assignments.push(assignmentOf(word, assignment));
    else if (!wrappers.has(word.text) && !(at > 0 && word.text.startsWith("-"))) return undefined;
    at += 1;
  }
  return undefined;
}

function assignmentOf(word: ShellWord, [, name = "", value = ""]: RegExpExecArray): ShellAssignment {
  return { name, value, start: word.start, end: word.end, isExpanded: word.isExpanded };
}

function readGo(command: ShellCommand, at: number, assignments: readonly ShellAssignment[]): GoInvocation | undefined {
  const program = command.words[at];
  let rest = command.words.slice(at + 1);
  // `go -C dir build`
  if (rest[0]?.text === "-C") rest = rest.slice(2);
  const [first, second] = rest;
  if (program === undefined || first === undefined) return undefined;
  const isPair = second !== undefined && ["mod", "work", "tool"].includes(first.text) && !second.text.startsWith("-");
  const verb = isPair ? `${first.text} ${second.text}` : first.text;
  const { flags, args } = readFlags(rest.slice(isPair ? 2 : 1));
  return { command, program, verb, verbWord: isPair ? second : first, flags, args, assignments };
}

function readFlags(words: readonly ShellWord[]): { flags: GoFlag[]; args: ShellWord[] } {
  const flags: GoFlag[] = [];
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at];
    const written = word === undefined ? null : /^--?([A-Za-z][\w.-]*)(?:=([\s\S]*))?$/.exec(word.text);
    if (word === undefined || written === null) break;
    const [, name = "", attached] = written;
    const next = words[at + 1];
    const takesNext = attached === undefined && flagsWithValue.has(name) && next !== undefined;
    const value = takesNext ? next.text : attached;
    flags.push({ name, word, ...(value === undefined ? {} : { value }) });
    if (takesNext) at += 1;
  }
  return { flags, args: words.slice(at) };
}

/** All of `commands`, and those that they hand to `sh -c '…'`. */
export function withInnerCommands(commands: readonly ShellCommand[]): readonly ShellCommand[] {
  return commands.flatMap((command) => [command, ...innerCommands(command)]);
}

function innerCommands({ words: [shell, flag, text] }: ShellCommand): readonly ShellCommand[] {
  if (shell === undefined || flag === undefined || text === undefined) return [];
  const isShell = /^(?:\/bin\/)?(?:ba|da|a|z)?sh$/.test(shell.text) && /^-\w*c$/.test(flag.text);
  // Only where the quotes are the first and last letter, so that places stay true.
  const isPlain = /^(['"])[^\\]*\1$/.test(text.raw) && text.raw.length === text.text.length + 2;
  return isShell && isPlain ? splitShell(text.text, text.start + 1).commands : [];
}
