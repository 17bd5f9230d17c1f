/**
 * Clients that cannot send a bearer token send it as the password of basic authentication, with any name: Bazel and
 * Go's module client from the URL or a netrc file, a browser from its dialogue.
 */

/** The `Authorization` header with a bearer token, whichever of the two forms it came in. */
export function bearerOf(authorization: string | null): string | null {
  const match = authorization === null ? null : /^basic\s+([\w+/=-]{1,8192})\s*$/i.exec(authorization);
  if (match === null) return authorization;
  const text = Buffer.from(match[1] as string, "base64").toString("utf8");
  const colon = text.indexOf(":");
  const token = text.slice(colon + 1);
  // What could not stand in a header itself is no token.
  return colon === -1 || !/^[\x21-\x7e]+$/.test(token) ? null : `Bearer ${token}`;
}
