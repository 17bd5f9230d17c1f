/** The words of a GitHub expression. */

export interface ExpressionToken {
  readonly kind: "name" | "string" | "number" | "operator";
  readonly text: string;
}

const pattern =
  /\s*(?:'((?:[^']|'')*)'|(-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?))|([A-Za-z_][\w-]*)|(==|!=|<=|>=|&&|\|\||[<>!()[\],.*]))/y;

/** The tokens of `text`; undefined when it holds something else. */
export function readTokens(text: string): readonly ExpressionToken[] | undefined {
  const tokens: ExpressionToken[] = [];
  pattern.lastIndex = 0;
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const found = pattern.exec(text);
    if (found === null || tokens.length > 500) return undefined;
    const [, quoted, digits, name, operator] = found;
    if (quoted !== undefined) tokens.push({ kind: "string", text: quoted.replaceAll("''", "'") });
    else if (digits !== undefined) tokens.push({ kind: "number", text: digits });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else tokens.push({ kind: "operator", text: operator ?? "" });
  }
  return tokens;
}
