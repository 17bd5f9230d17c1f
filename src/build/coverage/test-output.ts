/** What go itself says of each package while tests run: whether it passed, and whether that came from the cache. */

import type { PackageOutcome, PackageResult } from "./record.ts";

export interface TestOutput {
  take(bytes: Uint8Array): void;
  /** By the packages' paths. */
  results(): PackageResult[];
}

/** A test may print a line without end; go's own lines are short. */
const lineLimitChars = 10_000;
const packagesMax = 100_000;

/** Reads the output of `go test`, plain, with `-v` or with `-json`. */
export function watchTestOutput(): TestOutput {
  const decoder = new TextDecoder();
  const found = new Map<string, PackageResult>();
  let rest = "";
  const takeLine = (line: string): void => {
    const result = line.startsWith("{") ? readEvent(line) : readLine(line);
    if (result !== undefined && found.size < packagesMax) found.set(result.path, result);
  };
  return {
    take(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = (lines.pop() ?? "").slice(0, lineLimitChars);
      for (const line of lines) takeLine(line);
    },
    results() {
      takeLine(rest);
      rest = "";
      return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
    },
  };
}

/** An event of `-json` holds a line of the plain output. */
function readEvent(line: string): PackageResult | undefined {
  if (!line.includes('"Action":"output"')) return undefined;
  try {
    const { Output: output } = JSON.parse(line) as { readonly Output?: unknown };
    return typeof output === "string" ? readLine(output.trimEnd()) : undefined;
  } catch {
    return undefined; // a test printed something that begins like an event
  }
}

/** The lines of `cmd/go/internal/test/test.go`: fields with tabs between them. */
function readLine(line: string): PackageResult | undefined {
  const [status = "", path = "", ...details] = line.split("\t");
  if (path === "" && details.length === 0 && !/^FAIL\s/.test(line)) return undefined;
  const detail = details.join(" ");
  const outcome = outcomeOf(status.trimEnd(), path, detail);
  // `[build failed]` stands behind a blank, not behind a tab.
  const name = path.split(" ")[0] ?? "";
  return outcome === undefined || name === ""
    ? undefined
    : { path: name, outcome, isCached: details[0] === "(cached)" };
}

function outcomeOf(status: string, path: string, detail: string): PackageOutcome | undefined {
  switch (status) {
    case "ok":
      return "ok";
    case "FAIL":
      return /\[(?:build|setup) failed\]/.test(`${path} ${detail}`) ? "not-built" : "failed";
    case "?":
      return "no-tests";
    case "":
      return detail.trimStart().startsWith("coverage:") ? "no-tests" : undefined;
    default:
      return undefined;
  }
}
