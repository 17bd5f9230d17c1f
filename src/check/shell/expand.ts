/** Puts the values of variables into a text, as a shell or a Dockerfile would. */

const expansion = /\\\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?=])((?:[^{}]|\$\{\w+\})*))?\})|\$[({]|`/g;
const maxDepth = 8;

/** The value of a variable; `undefined` when nobody knows it. */
export type Lookup = (name: string) => string | undefined;

/** `text` with its variables replaced, or `undefined` when one of them, or a command's output, is not known. */
export function expandText(text: string, lookup: Lookup, depth = 0): string | undefined {
  if (!text.includes("$") && !text.includes("`")) return text;
  if (depth > maxDepth) return undefined;
  let isKnown = true;
  const expanded = text.replace(
    expansion,
    (written: string, plain?: string, braced?: string, operator?: string, word?: string) => {
      if (written === "\\$") return "$";
      const name = plain ?? braced;
      if (name === undefined) {
        isKnown = false;
        return written;
      }
      const value = withOperator(lookup(name), operator, () => expandText(word ?? "", lookup, depth + 1));
      isKnown &&= value !== undefined;
      return value ?? written;
    },
  );
  return isKnown ? expanded : undefined;
}

function withOperator(
  value: string | undefined,
  operator: string | undefined,
  word: () => string | undefined,
): string | undefined {
  const isMissing = value === undefined || (value === "" && operator?.startsWith(":") === true);
  if (operator?.endsWith("+") === true) return isMissing ? "" : word();
  if (operator !== undefined && !operator.endsWith("?") && isMissing) return word();
  return value;
}
