import { bearerOf } from "./credentials.ts";
import { serverErrors } from "./errors.ts";
import { hostOfHeader, isLoopback } from "./listen-address.ts";
import type { Access, Tokens } from "./tokens.ts";

/** Decides what a request may do. Throws `server/unauthorized`, `server/foreign-page`. */
export type Gate = (request: Request) => Access;

/**
 * With tokens, the token decides. Without (on loopback only), everybody on this machine may do everything, except
 * for the web pages in its browsers: these cannot hide their Origin, and a name that was rebound to 127.0.0.1
 * shows in the Host header.
 */
export function createGate(tokens: Tokens | undefined): Gate {
  if (tokens !== undefined) {
    return (request) => {
      const access = tokens.accessOf(bearerOf(request.headers));
      if (access === undefined) throw serverErrors.error("server/unauthorized", "no valid token in the request");
      return access;
    };
  }
  const loopbackHosts = new Set<string>();
  return (request) => {
    const host = request.headers.get("host") ?? "";
    if (!loopbackHosts.has(host)) {
      if (!isLoopback(hostOfHeader(host))) {
        throw serverErrors.error("server/foreign-page", "the Host is another machine");
      }
      if (loopbackHosts.size < 100) loopbackHosts.add(host);
    }
    if (request.headers.has("origin")) throw serverErrors.error("server/foreign-page", "the request has an Origin");
    return "read-write";
  };
}
