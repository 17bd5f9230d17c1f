/**
 * Clients that cannot send a bearer token send it as the password of basic authentication, with any name: Bazel and
 * Go's module client from the URL or a netrc file, a browser from its dialogue.
 */

import { serverErrors } from "./errors.ts";

/**
 * The `Authorization` header with a bearer token, whichever of the two forms it came in. A browser sends a password that
 * it knows with every request, also one that another site's page made: that one has an Origin, which no build tool
 * sends. Throws `server/foreign-page`.
 */
export function bearerOf(headers: Headers): string | null {
  const authorization = headers.get("authorization");
  const match = authorization === null ? null : /^basic\s+([\w+/=-]{1,8192})\s*$/i.exec(authorization);
  if (match === null) return authorization;
  if (headers.has("origin")) throw serverErrors.error("server/foreign-page", "a password with an Origin");
  const text = Buffer.from(match[1] as string, "base64").toString("utf8");
  const colon = text.indexOf(":");
  const token = text.slice(colon + 1);
  // What could not stand in a header itself is no token.
  return colon === -1 || !/^[\x21-\x7e]+$/.test(token) ? null : `Bearer ${token}`;
}
