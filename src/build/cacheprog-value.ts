/** The value of GOCACHEPROG that names this program. */

import { ownCommand } from "../core/own-command.ts";
import { buildErrors } from "./errors.ts";

/**
 * Words as Go splits them (`cmd/internal/quoted`): on spaces, with '…' or "…" around words that hold some, and no
 * escapes. Throws `build/unquotable-word` for a word that holds both quotes.
 */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

function quoteWord(word: string): string {
  if (word !== "" && !/[\s'"]/.test(word)) return word;
  if (!word.includes("'")) return `'${word}'`;
  if (!word.includes('"')) return `"${word}"`;
  throw buildErrors.error("build/unquotable-word", `GOCACHEPROG cannot hold ${JSON.stringify(word)}`);
}

/** `/path/to/ballast cacheprog FLAGS…` */
export function cacheprogValue(flags: readonly string[] = []): string {
  return quoteWords([...ownCommand(), "cacheprog", ...flags]);
}
