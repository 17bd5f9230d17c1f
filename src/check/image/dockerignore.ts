/** What .dockerignore keeps out of a build's context: patterns as Docker's, the last one that fits decides. */

export interface IgnoreRules {
  /** The file that says so; absent when there is none. */
  readonly path: string | undefined;
  excludes(path: string): boolean;
}

const maxPatterns = 2_000;

/** Reads the text of the ignore file at `path`. */
export function readIgnoreRules(path: string | undefined, text: string | undefined): IgnoreRules {
  const rules = (text ?? "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .slice(0, maxPatterns)
    .map((line) => {
      const isException = line.startsWith("!");
      return { isException, fits: patternTest(isException ? line.slice(1).trim() : line) };
    });
  return {
    path,
    excludes: (file) => rules.reduce((isOut, { isException, fits }) => (fits(file) ? !isException : isOut), false),
  };
}

/** A pattern fits a path and all that lies below it. */
function patternTest(pattern: string): (path: string) => boolean {
  const clean = pattern.replace(/^\.?\/+/, "").replace(/\/+$/, "");
  if (clean === "" || clean === ".") return () => true;
  const source = clean
    .split("/")
    .map((part) => (part === "**" ? "(?:.*)" : partSource(part)))
    .join("/")
    .replaceAll("(?:.*)/", "(?:.*/)?")
    .replaceAll("/(?:.*)", "(?:/.*)?");
  const expression = new RegExp(`^${source}(?:/|$)`);
  return (path) => expression.test(path);
}

function partSource(part: string): string {
  return part
    .slice(0, 256)
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, "[^/]*")
    .replaceAll("?", "[^/]");
}
