/** The token for the server, from where the helper takes it. */

import { readFileSync, statSync } from "node:fs";

export interface ServerToken {
  /** `BALLAST_TOKEN`, or the file's path; absent when no token is set. */
  readonly from: string | undefined;
  /** What would be sent; absent when there is none or it cannot be used. */
  readonly token: string | undefined;
  /** Why it cannot be used. */
  readonly trouble: "unreadable" | "empty" | "several-words" | undefined;
  /** Every user of this machine may read the file. */
  readonly isOpen: boolean;
}

/** Reads the token as `ballast cacheprog` does: the variable first, then the file. */
export function readServerToken(settings: {
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
}): ServerToken {
  const { token, tokenFile } = settings;
  if (token !== undefined) return judge("BALLAST_TOKEN", token, false);
  if (tokenFile === undefined) return { from: undefined, token: undefined, trouble: undefined, isOpen: false };
  try {
    return judge(tokenFile, readFileSync(tokenFile, "utf8"), (statSync(tokenFile).mode & 0o004) !== 0);
  } catch {
    return { from: tokenFile, token: undefined, trouble: "unreadable", isOpen: false };
  }
}

function judge(from: string, text: string, isOpen: boolean): ServerToken {
  const token = text.trim();
  if (token === "") return { from, token: undefined, trouble: "empty", isOpen };
  if (/\s/.test(token)) return { from, token: undefined, trouble: "several-words", isOpen };
  return { from, token, trouble: undefined, isOpen };
}
