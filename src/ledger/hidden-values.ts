/**
 * Values that may be secrets are recorded as keyed hashes: equal values have equal hashes, so a change is seen, and
 * without the key a guess cannot be tried.
 */

import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ledgerErrors } from "./errors.ts";

/** `value` itself where policy names `name`, else `hmac:` and 32 hex digits. */
export type HideValue = (name: string, value: string) => string;

const shortestKeyChars = 32;

/** @param plain names of flags and variables whose values are no secret */
export function createHideValue(key: string, plain: readonly string[]): HideValue {
  const shown = new Set(plain);
  return (name, value) => {
    if (shown.has(name)) return value;
    const hash = new Bun.CryptoHasher("sha256", key).update(`${name}\0${value}`).digest("hex");
    return `hmac:${hash.slice(0, 32)}`;
  };
}

/** Where the key is when no setting names a file. */
export function defaultKeyFile(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return join(env["XDG_DATA_HOME"] || join(env["HOME"] || home, ".local", "share"), "ballast", "ledger.key");
}

/** The key in `path`, which is made when it is not there. Throws `ledger/key-unusable`. */
export function readHashKey(path: string): string {
  try {
    return longEnough(path, readText(path) ?? makeKey(path));
  } catch (cause) {
    if (!(cause instanceof Error && "errno" in cause)) throw cause;
    throw ledgerErrors.error("ledger/key-unusable", `${path}: ${cause.message}`, { cause });
  }
}

function longEnough(path: string, text: string): string {
  const key = text.trim();
  if (key.length >= shortestKeyChars) return key;
  throw ledgerErrors.error("ledger/key-unusable", `${path} holds ${key.length} characters`);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

/** Two commands may start at once: the link makes one of the keys the key of both. */
function makeKey(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${crypto.getRandomValues(Buffer.alloc(32)).toString("hex")}\n`, { mode: 0o600 });
  try {
    linkSync(temporary, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readFileSync(path, "utf8");
}
