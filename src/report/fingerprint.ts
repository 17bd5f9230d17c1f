/** What a finding is recognised by in a later run, in which its line may have moved. */

import type { Finding } from "./finding.ts";

/**
 * One fingerprint for each finding, in their order: the rule, the path, the line's text without its indentation, and the
 * how-manieth of these it is. It outlives lines added above it, and ends when its own line is changed.
 */
export function fingerprintsOf(
  findings: readonly Finding[],
  lineText: (path: string, line: number) => string | undefined,
  pathOf: (path: string) => string = (path) => path,
): string[] {
  const seen = new Map<string, number>();
  return findings.map(({ rule, path, line }) => {
    const text = (lineText(path, line) ?? "").trim().replace(/\s+/g, " ");
    const key = [rule, pathOf(path), text].join("\0");
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return new Bun.CryptoHasher("sha256").update(`${key}\0${count}`).digest("hex").slice(0, fingerprintChars);
  });
}

/** Half of a SHA-256: no two lines of a repository share it by chance. */
const fingerprintChars = 32;
