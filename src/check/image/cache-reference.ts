/** `type=registry,ref=example.com/app:cache,mode=max`, wherever a cache export or import is written. */

import type { Span } from "../shell/shell-command.ts";
import type { CacheReference } from "./model.ts";

/** Reads one reference; a plain image name means a registry. */
export function readCacheReference(text: string, span: Span): CacheReference {
  const options = new Map<string, string>();
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    if (equals !== -1) options.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const type = options.get("type") ?? "registry";
  if (options.size === 0) options.set("ref", text.trim());
  return { text, type, options, start: span.start, end: span.end };
}
