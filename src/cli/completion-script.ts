/** Completion scripts with every name inside them, so that no program runs while somebody types. */

import { flagName } from "../core/flags.ts";
import type { FlagSpec } from "../core/flags.ts";
import type { CommandEntry } from "./command-index.ts";
import { withCommonFlags } from "./help-flag.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

type Completable = Pick<CommandEntry, "path" | "summary" | "flags">;

/** One word that may come next. */
interface Candidate {
  readonly word: string;
  readonly doc: string;
}

/** What may follow the words `after`; `isCommand`: they are a whole command, so further words do not change it. */
interface Position {
  readonly after: string;
  readonly isCommand: boolean;
  readonly candidates: readonly Candidate[];
  readonly choices: readonly { readonly flag: string; readonly words: readonly string[] }[];
}

/** The script for `shell`, to be evaluated by it. */
export function completionScript(shell: Shell, index: readonly Completable[]): string {
  const positions = positionsOf(index);
  switch (shell) {
    case "bash":
      return bashScript(positions);
    case "zsh":
      return zshScript(positions);
    case "fish":
      return fishScript(positions);
  }
}

function positionsOf(index: readonly Completable[]): Position[] {
  const global = ["--help", "--version"].map((word) => ({ word, doc: "" }));
  const groups = new Map<string, Map<string, Candidate>>([["", new Map(global.map((flag) => [flag.word, flag]))]]);
  for (const { path, summary } of index) {
    for (const [depth, word] of path.entries()) {
      const after = path.slice(0, depth).join(" ");
      const doc = depth === path.length - 1 ? summary : `${word} commands`;
      const group = groups.get(after) ?? new Map<string, Candidate>();
      if (!group.has(word)) groups.set(after, group.set(word, { word, doc }));
    }
  }
  const between = [...groups].map(([after, candidates]) => ({
    after,
    isCommand: false,
    candidates: [...candidates.values()],
    choices: [],
  }));
  return [...index.map(commandPosition), ...between];
}

function commandPosition({ path, flags }: Completable): Position {
  const all = Object.entries(withCommonFlags(flags));
  return {
    after: path.join(" "),
    isCommand: true,
    candidates: all.map(([key, spec]) => ({ word: `--${shownName(key, spec)}`, doc: spec.doc })),
    choices: all.flatMap(([key, spec]) =>
      spec.type === "choice" && spec.bare === undefined
        ? [{ flag: `--${flagName(key, spec)}`, words: spec.choices }]
        : [],
    ),
  };
}

function shownName(key: string, spec: FlagSpec): string {
  const name = flagName(key, spec);
  return spec.type === "boolean" && spec.default === true ? `no-${name}` : name;
}

function bashScript(positions: readonly Position[]): string {
  const cases = positions.flatMap(({ after, isCommand, candidates, choices }) => [
    ...choices.map(({ flag, words }) => `    "${after}"*"|${flag}") candidates="${words.join(" ")}" ;;`),
    `    ${bashPattern(after, isCommand)}) candidates="${candidates.map(({ word }) => word).join(" ")}" ;;`,
  ]);
  return `# bash completion for ballast
_ballast() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" typed="" word candidates=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; esac
    typed="\${typed:+$typed }$word"
  done
  case "$typed|$previous" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o default -F _ballast ballast
`;
}

function bashPattern(after: string, isCommand: boolean): string {
  return isCommand ? `"${after}|"*|"${after} "*` : `"${after}|"*`;
}

function zshScript(positions: readonly Position[]): string {
  const cases = positions.flatMap(({ after, isCommand, candidates, choices }) => [
    ...choices.map(
      ({ flag, words }) => `    (${zshWord(after)}*${zshWord(`|${flag}`)}) candidates=(${words.join(" ")}) ;;`,
    ),
    `    (${zshWord(`${after}|`)}*${isCommand ? `|${zshWord(`${after} `)}*` : ""}) candidates=(${candidates
      .map(({ word, doc }) => zshWord(doc === "" ? word : `${word}:${doc}`))
      .join(" ")}) ;;`,
  ]);
  return `#compdef ballast
_ballast() {
  local typed="" word
  local -a candidates
  for word in \${words[2,CURRENT-1]}; do
    [[ $word == -* ]] && break
    typed="\${typed:+$typed }$word"
  done
  case "$typed|\${words[CURRENT-1]}" in
${cases.join("\n")}
  esac
  _describe 'ballast' candidates || _files
}
compdef _ballast ballast
`;
}

function zshWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishScript(positions: readonly Position[]): string {
  const lines = positions.flatMap(({ after, isCommand, candidates, choices }) => {
    const when = `-n ${fishWord(`__ballast_after '^${after}${isCommand ? "( |$)" : "$"}'`)}`;
    return candidates.map(({ word, doc }) =>
      fishLine(when, word, doc, choices.find(({ flag }) => flag === word)?.words),
    );
  });
  return `# fish completion for ballast
function __ballast_after
  set -l typed
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; and break
    set -a typed $word
  end
  string match -q -r -- $argv[1] "$typed"
end
${lines.join("\n")}
`;
}

function fishLine(when: string, word: string, doc: string, choices: readonly string[] | undefined): string {
  const name = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
  const values = choices === undefined ? "" : ` -x -a ${fishWord(choices.join(" "))}`;
  return `complete -c ballast ${when} ${name}${values}${doc === "" ? "" : ` -d ${fishWord(doc)}`}`;
}

function fishWord(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
