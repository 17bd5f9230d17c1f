/** NAME=VALUE, as build arguments and named contexts of images are given. */

import { resolve } from "node:path";
import { cliErrors } from "./errors.ts";

/** Throws `cli/argument-invalid`. */
export function requirePair(pair: string): void {
  if (/^[^=]+=/.test(pair)) return;
  throw cliErrors.error("cli/argument-invalid", `${JSON.stringify(pair)} is not NAME=VALUE`);
}

/** A folder is taken from `cwd`; docker-image://IMAGE stays. Throws `cli/argument-invalid`. */
export function absoluteContext(pair: string, cwd: string): string {
  requirePair(pair);
  const at = pair.indexOf("=");
  const value = pair.slice(at + 1);
  return value.startsWith("docker-image://") ? pair : `${pair.slice(0, at)}=${resolve(cwd, value)}`;
}
