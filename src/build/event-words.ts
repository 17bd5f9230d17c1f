/** A go command's words and variables, fit to be recorded: what may be a secret is a keyed hash. */

import { parseGoCommand } from "../go/command-line.ts";
import { splitQuotedWords } from "../go/quoted-words.ts";
import type { HideValue } from "../ledger/hidden-values.ts";

/** Flags whose values are names, numbers, paths and patterns of the build itself. */
const plainFlags = new Set(
  (
    "C p o count run skip bench benchtime cpu parallel timeout tags mod modfile overlay buildmode buildvcs trimpath race msan " +
    "asan cover covermode coverpkg coverprofile compiler pgo vet fuzz fuzztime fuzzminimizetime shuffle short v x n a json c f i " +
    "outputdir cpuprofile memprofile blockprofile mutexprofile trace failfast fullpath work list test deps export e m u"
  ).split(" "),
);

/** The words behind `go`. */
export function shownArgs(args: readonly string[], hide: HideValue): string[] {
  const line = parseGoCommand(args);
  const shown = [...args];
  for (const { name, value, at, words } of line.flags) {
    if (value === undefined || plainFlags.has(name)) continue;
    const text = name === "ldflags" ? shownLinkerFlags(value, hide) : hide(`-${name}`, value);
    shown[words === 2 ? at + 1 : at] = words === 2 ? text : `-${name}=${text}`;
  }
  for (let at = line.programAt; at < args.length; at++) {
    const word = args[at] ?? "";
    const isMark = at === line.programAt && /^--?(args)?$/.test(word);
    if (!isMark) shown[at] = hide("args", word);
  }
  return shown;
}

/** `-X name=value`: the name is shown. `-s` and `-w` are all that is plain besides. */
function shownLinkerFlags(value: string, hide: HideValue): string {
  const whole = hide("-ldflags", value);
  if (whole === value) return value;
  const words = splitQuotedWords(value);
  if (words === undefined) return whole;
  let isDefinition = false;
  const shown = words.map((word) => {
    const text = isDefinition ? shownDefinition(word, hide) : shownLinkerWord(word, hide);
    isDefinition = word === "-X" || word === "--X";
    return text;
  });
  return shown.join(" ");
}

function shownLinkerWord(word: string, hide: HideValue): string {
  if (/^--?[XswB]$/.test(word)) return word;
  const definition = /^(--?X=)(.*)$/s.exec(word);
  return definition === null ? hide("-ldflags", word) : `${definition[1]}${shownDefinition(definition[2] ?? "", hide)}`;
}

function shownDefinition(word: string, hide: HideValue): string {
  const equals = word.indexOf("=");
  if (equals < 0) return hide("-X", word);
  const name = word.slice(0, equals);
  return `${name}=${hide(`-X ${name}`, word.slice(equals + 1))}`;
}

/** Go's variables that are set, `NAME=value`, by name. */
export function shownVariables(env: Readonly<Record<string, string | undefined>>, hide: HideValue): string[] {
  return Object.entries(env)
    .filter(
      ([name, value]) => /^(?:GO[A-Z0-9]*|CGO_[A-Z_]+|CC|CXX|AR|FC|PKG_CONFIG)$/.test(name) && (value ?? "") !== "",
    )
    .map(([name, value]) => `${name}=${hide(name, value ?? "")}`)
    .toSorted();
}
