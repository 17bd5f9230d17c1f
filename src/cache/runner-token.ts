/**
 * The token that a runner sends. Its file holds one token; the server's own file, with its `read TOKEN` and
 * `write TOKEN` lines, is taken too, so that one BALLAST_TOKEN_FILE serves both on one machine.
 *
 * A token is sent only to a server that was named where the token was: by a flag or a variable, which whoever runs the
 * job sets. ballast.yaml comes with the checkout, and a stranger's change may write there what it likes.
 */

import { readFileSync } from "node:fs";
import type { ResolvedSettings } from "../core/settings.ts";
import type { cacheSettings } from "./settings.ts";

export interface RunnerToken {
  /** `BALLAST_TOKEN`, or the file's path; absent when no token is set. */
  readonly from: string | undefined;
  /** What is sent; absent when there is none, or it is not sent. */
  readonly token: string | undefined;
  /** Why it is not sent. `withheld`: ballast.yaml names the server. */
  readonly trouble: "unreadable" | "no-token" | "withheld" | undefined;
}

type Resolved = ResolvedSettings<Pick<typeof cacheSettings, "server" | "token" | "tokenFile">>;

/** Throws nothing: what is wrong is told by `ballast go`, `ballast cache` and `ballast doctor`. */
export function readRunnerToken({ values, origins }: Pick<Resolved, "values" | "origins">): RunnerToken {
  const from = values.token === undefined ? values.tokenFile : "BALLAST_TOKEN";
  if (from === undefined) return { from, token: undefined, trouble: undefined };
  if (origins.server?.source === "file") return { from, token: undefined, trouble: "withheld" };
  let text: string;
  try {
    text = values.token ?? readFileSync(from, "utf8");
  } catch {
    return { from, token: undefined, trouble: "unreadable" };
  }
  const token = tokenIn(text);
  return { from, token, trouble: token === undefined ? "no-token" : undefined };
}

/** What to tell whoever set a token that is not sent. */
export function withheldText(from: string): string {
  return `the token of ${from} is not sent to the server that ballast.yaml names; name the server by BALLAST_SERVER or --server`;
}

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
  // A name may follow the token.
  return line?.slice(access.length).trim().split(/\s+/)[0];
}
