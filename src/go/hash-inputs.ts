/**
 * The inputs of Go's action ids, from what `GODEBUG=gocachehash=1` prints: `HASH[build PATH]: "a line"` for each
 * input, then `HASH[build PATH]: HEX`. An id is the first 15 bytes of the hash in base64 (`cmd/go/internal/work/buildid.go`).
 */

export interface HashInputs {
  /** By action id: the lines that were hashed. */
  readonly byAction: ReadonlyMap<string, readonly string[]>;
  /** How go describes the tests' own words: `args ["-test.run=X"] execcmd []`. */
  readonly testWords: string | undefined;
}

const lineLimitChars = 20_000;

export function readHashInputs(text: string): HashInputs {
  const byAction = new Map<string, readonly string[]>();
  const open = new Map<string, string[]>();
  let testWords: string | undefined;
  for (const line of text.split("\n")) {
    const match = /^HASH\[((?:build|link|testResult)(?: [^\]]*(?:\[[^\]]*\])?)?)\](?:: (.*))?$/.exec(line);
    if (match === null) continue;
    const [, name = "", rest] = match;
    if (rest === undefined) open.set(name, []);
    else if (rest.startsWith('"')) addLine(rest, open.get(name));
    else if (/^[0-9a-f]{64}$/.test(rest)) byAction.set(actionIdOf(rest), open.get(name) ?? []);
    if (name === "testResult") testWords ??= /^"test binary \S+ (args .*)"$/.exec(rest ?? "")?.[1];
  }
  return { byAction, testWords: testWords === undefined ? undefined : unquote(`"${testWords}"`) };
}

/**
 * The same by what was hashed: `build net/http`, `link example.org/web`. Where a name comes twice, the last one: an
 * action that is looked up again is hashed again.
 */
export function readNamedHashInputs(text: string): ReadonlyMap<string, readonly string[]> {
  const named = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const match = /^HASH\[((?:build|link) [^\]]*(?:\[[^\]]*\])?)\](?:: (".*))?$/.exec(line);
    if (match === null) continue;
    const [, name = "", quoted] = match;
    if (quoted === undefined && !/^HASH.*: /.test(line)) named.set(name, []);
    else if (quoted !== undefined) addLine(quoted, named.get(name));
  }
  return named;
}

function addLine(quoted: string, lines: string[] | undefined): void {
  const line = unquote(quoted.slice(0, lineLimitChars)).trimEnd();
  if (line !== "") lines?.push(line);
}

/** Go's `%q` and JSON agree on what these lines hold, but for `\x` and `\a`, which no file name of sense has. */
function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}

/** The first 120 bits of a hash as build ids have them (`HashToString` in `cmd/internal/buildid`). */
export function actionIdOf(hashHex: string): string {
  return Buffer.from(hashHex, "hex").subarray(0, 15).toString("base64url");
}
