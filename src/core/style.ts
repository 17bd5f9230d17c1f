/** Colour for people, and only where they can see it. */

/** Each function returns its text, in that style where styles are on. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** Styles for a stream: plain text unless it is a terminal, is not `dumb`, and NO_COLOR is absent or empty. */
export function createStyle(
  stream: { readonly isTTY: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Style {
  const isOn = stream.isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const wrap = (open: number, close: number) => (text: string) =>
    isOn && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { bold: wrap(1, 22), dim: wrap(2, 22), red: wrap(31, 39), green: wrap(32, 39), yellow: wrap(33, 39) };
}

/** How many columns a terminal uses for `text`: styles take none, wide characters take two. */
export function textWidth(text: string): number {
  return Bun.stringWidth(text);
}
