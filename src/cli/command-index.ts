/** Finding a command by its words, in data that is there without loading any command. */

import type { FlagSpecs } from "../core/flags.ts";
import { didYouMean } from "../core/suggestion.ts";
import type { Command } from "./command.ts";
import { cliErrors } from "./errors.ts";

/** A row of the generated index: the command's own data, and how to load the rest. */
export interface CommandEntry extends Pick<Command, "path" | "summary" | "positionals" | "passThrough"> {
  readonly flags: FlagSpecs;
  load(): Promise<{ readonly command: Command }>;
}

/** The command that `words` begins with and the words after its name. Throws `cli/command-unknown` or `-incomplete`. */
export function findCommand<Entry extends Pick<Command, "path">>(
  index: readonly Entry[],
  words: readonly string[],
): { readonly entry: Entry; readonly rest: readonly string[] } {
  let found: Entry | undefined;
  for (const entry of index) {
    const isMatch = entry.path.every((word, position) => words[position] === word);
    if (isMatch && entry.path.length > (found?.path.length ?? 0)) found = entry;
  }
  if (found !== undefined) return { entry: found, rest: words.slice(found.path.length) };
  throw notFound(index, words);
}

/** The commands whose names begin with `words`. */
export function commandsUnder<Entry extends Pick<Command, "path">>(
  index: readonly Entry[],
  words: readonly string[],
): readonly Entry[] {
  return index.filter(({ path }) => words.every((word, position) => path[position] === word));
}

function notFound(index: readonly Pick<Command, "path">[], words: readonly string[]): Error {
  const [first = "", second] = words;
  const group = commandsUnder(index, [first]);
  if (group.length === 0) {
    const hint = didYouMean(first, new Set(index.map(({ path }) => path[0] ?? "")), (word) => `ballast ${word}`);
    return cliErrors.error("cli/command-unknown", `${first}${hint}`);
  }
  const verbs = group.map(({ path }) => path[1] ?? "");
  if (second === undefined || second.startsWith("-")) {
    return cliErrors.error("cli/command-incomplete", `${first}: one of ${verbs.join(", ")}`);
  }
  const hint = didYouMean(second, verbs, (word) => `ballast ${first} ${word}`);
  return cliErrors.error("cli/command-unknown", `${first} ${second}${hint}`);
}
