/** Tokens and what they allow. Compared are hashes, so that no comparison tells by its time how near a guess was. */

import { timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { serverErrors } from "./errors.ts";

export type Access = "read-only" | "read-write";

export interface KnownToken {
  /** The name that the file gives it; where it gives none, `read` or `write`. */
  readonly token: string;
  readonly access: "read" | "write";
}

export interface Tokens {
  /** What the bearer of this `Authorization` header may do; `undefined`: nothing. */
  accessOf(authorization: string | null): Access | undefined;
  /** Which token of the file it is. */
  find(authorization: string): KnownToken | undefined;
}

const tokenCharactersMin = 16;
/** One token can be written with any number of spaces. */
const goodMax = 1000;

/** Reads a file of `read TOKEN` and `write TOKEN` lines, each perhaps with a name behind it; `#` begins a remark. Throws `server/token-file-invalid`. */
export function readTokenFile(path: string): Tokens {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw serverErrors.error("server/token-file-invalid", `${path}: ${(cause as Error).message}`, { cause });
  }
  return parseTokens(text, path);
}

export function parseTokens(text: string, path: string): Tokens {
  const known: (KnownToken & { readonly hash: Uint8Array })[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const match = /^\s*(read|write)\s+(\S+)(?:\s+([\w.-]{1,60}))?\s*$/.exec(line);
    // The line itself may be a token with a typing error: it is never shown.
    if (match === null) {
      throw serverErrors.error("server/token-file-invalid", `${path}: line ${at + 1} has another form`);
    }
    const token = match[2] as string;
    if (token.length < tokenCharactersMin) {
      throw serverErrors.error("server/token-file-invalid", `${path}: the token in line ${at + 1} is too short`);
    }
    const access = match[1] as "read" | "write";
    known.push({ hash: hashOf(token), access, token: match[3] ?? access });
  }
  if (known.length === 0) throw serverErrors.error("server/token-file-invalid", `${path}: there is no token in it`);
  // Requests come in thousands with one header, and the hash is 1.3 of their 24 µs. A map finds by a hash of its own.
  const good = new Map<string, Access>();

  function find(authorization: string): KnownToken | undefined {
    if (!authorization.startsWith("Bearer ")) return undefined;
    const hash = hashOf(authorization.slice(7).trim());
    let found: KnownToken | undefined;
    // All are compared, whichever matches.
    for (const one of known) if (timingSafeEqual(one.hash, hash)) found = { token: one.token, access: one.access };
    return found;
  }

  return {
    find,
    accessOf(authorization) {
      if (authorization === null) return undefined;
      const remembered = good.get(authorization);
      if (remembered !== undefined) return remembered;
      const found = find(authorization);
      if (found === undefined) return undefined;
      const access = found.access === "write" ? "read-write" : "read-only";
      if (good.size < goodMax) good.set(authorization, access);
      return access;
    },
  };
}

function hashOf(token: string): Uint8Array {
  return Bun.SHA256.hash(token) as Uint8Array;
}
