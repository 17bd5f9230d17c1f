/** Go's way of splitting GOCACHEPROG, GOFLAGS and their like (`cmd/internal/quoted`): quotes around words, no escapes. */

/** The words of `text`; `undefined` where a quote is not closed, which Go refuses. */
export function splitQuotedWords(text: string): string[] | undefined {
  const words: string[] = [];
  let rest = text;
  for (;;) {
    rest = rest.replace(/^[ \t\r\n]+/, "");
    if (rest === "") return words;
    const match = /^(?:'([^']*)'|"([^"]*)"|([^'" \t\r\n][^ \t\r\n]*))/.exec(rest);
    if (match === null) return undefined;
    words.push(match[1] ?? match[2] ?? match[3] ?? "");
    rest = rest.slice(match[0].length);
  }
}
