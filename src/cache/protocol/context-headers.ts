/**
 * A request's context as HTTP headers, and back.
 *
 * Scope names are percent-encoded (UTF-8), so that a branch name with a comma or an accent survives; `ancestors` is
 * a comma-separated list of them, most trusted first. Provenance is base64url of a JSON object of strings.
 */

import { contextHeader, type RequestContext } from "./entry.ts";
import { protocolErrors } from "./errors.ts";
import { limits } from "./limits.ts";
import { offeredVersions, readVersion, versionHeader } from "./version.ts";

const hex64 = /^[0-9a-f]{64}$/;
const noImage = "0".repeat(64);

/** The headers that tell a server whose request this is. */
export function encodeContext(context: RequestContext): Record<string, string> {
  const provenance = JSON.stringify(context.provenance);
  return {
    ...offeredVersions(),
    [contextHeader.scope]: encodeURIComponent(context.scope),
    [contextHeader.ancestors]: context.ancestors.map(encodeURIComponent).join(","),
    [contextHeader.toolchain]: context.toolchain,
    [contextHeader.image]: context.image,
    ...(provenance === "{}" ? {} : { [contextHeader.provenance]: Buffer.from(provenance).toString("base64url") }),
  };
}

/**
 * Reads a context; `header` answers a header by its lower-case name. An absent image is sixty-four zeros.
 * Throws `protocol/malformed`, or `protocol/unsupported-version` for a version that is not ours.
 */
export function decodeContext(header: (name: string) => string | null): RequestContext {
  readVersion(header(versionHeader));
  const ancestors = header(contextHeader.ancestors) ?? "";
  const names = ancestors === "" ? [] : ancestors.split(",").map((name) => decodeScope(name, "ancestor"));
  if (names.length > limits.ancestors) throw malformed(`${names.length} ancestors, more than ${limits.ancestors}`);
  return {
    scope: decodeScope(header(contextHeader.scope) ?? "", "scope"),
    ancestors: names,
    toolchain: decodeFingerprint(header(contextHeader.toolchain) ?? "", "toolchain"),
    image: decodeFingerprint(header(contextHeader.image) || noImage, "image"),
    provenance: decodeProvenance(header(contextHeader.provenance)),
  };
}

function decodeScope(encoded: string, what: string): string {
  const name = decodePercent(encoded.trim(), what);
  if (name === "") throw malformed(`an empty ${what}`);
  if (Buffer.byteLength(name) > limits.scopeLength) throw malformed(`a ${what} of ${Buffer.byteLength(name)} bytes`);
  // They would end up in logs and listings, where some steer a terminal and others hide, so that two names look alike.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) throw malformed(`a ${what} with characters that do not show`);
  // Names of the server's own begin so; git has no such refs.
  if (name.startsWith("//")) throw malformed(`a ${what} that begins with two slashes`);
  return name;
}

function decodePercent(encoded: string, what: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    // URIError: the only failure that decodeURIComponent has.
    throw malformed(`a ${what} that is not percent-encoded UTF-8`);
  }
}

function decodeFingerprint(text: string, what: string): string {
  if (!hex64.test(text)) throw malformed(`a ${what} fingerprint that is not 64 lower-case hex digits`);
  return text;
}

function decodeProvenance(encoded: string | null): Readonly<Record<string, string>> {
  if (encoded === null || encoded === "") return {};
  if (encoded.length > limits.provenanceLength) throw malformed(`a provenance of ${encoded.length} characters`);
  const value = parseJson(Buffer.from(encoded, "base64url").toString("utf8"));
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject) throw malformed("a provenance that is no object");
  for (const field of Object.values(value)) {
    if (typeof field !== "string") throw malformed("a provenance with a field that is no string");
  }
  return value as Readonly<Record<string, string>>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // SyntaxError: the only failure that JSON.parse has.
    throw malformed("a provenance that is not JSON");
  }
}

function malformed(found: string): Error {
  return protocolErrors.error("protocol/malformed", `the client sent ${found}`);
}
