/**
 * The token that a runner sends. Its file holds one token; the server's own file, with its `read TOKEN` and
 * `write TOKEN` lines, is taken too, so that one BALLAST_TOKEN_FILE serves both on one machine.
 */

/** `undefined` where the text holds no single token. */
export function tokenIn(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const words = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const [bare] = words;
  if (words.length === 1 && bare !== undefined && !/\s/.test(bare)) return bare;
  return tokenOf(words, "write") ?? tokenOf(words, "read");
}

function tokenOf(lines: readonly string[], access: "read" | "write"): string | undefined {
  const line = lines.find((candidate) => candidate.startsWith(`${access} `));
  return line?.slice(access.length).trim();
}
