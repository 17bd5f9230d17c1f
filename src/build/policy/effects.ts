/** What a build policy may set. */

import type { Effects } from "../../policy/rule.ts";

const modes: readonly string[] = ["shared", "read-only", "isolated", "off"];

export const commandEffects: Effects = {
  cache: {
    doc: "The cache mode.",
    form: `one of ${modes.join(", ")}`,
    read: (value) => (typeof value === "string" && modes.includes(value) ? value : undefined),
  },
  godebug: {
    doc: "Keys of GODEBUG, merged with the user's own. GODEBUG is a part of Go's key for test results.",
    form: "a mapping such as { asyncpreemptoff: 1 }",
    read: readGodebug,
  },
  gomaxprocs: {
    doc: "GOMAXPROCS. It is no part of Go's key for test results, so a test is run with -count=1 besides.",
    form: "a whole number from 1 to 1024",
    read: (value) => wholeNumber(value, 1, 1024),
  },
  count: {
    doc: "-count of go test; any value runs the tests instead of taking results from the cache.",
    form: "a whole number from 1 to 10000",
    read: (value) => wholeNumber(value, 1, 10_000),
  },
  trimpath: {
    doc: "-trimpath.",
    form: "true or false",
    read: (value) => (typeof value === "boolean" ? String(value) : undefined),
  },
  buildvcs: {
    doc: "-buildvcs.",
    form: "true, false or auto",
    read: (value) => (value === "auto" || typeof value === "boolean" ? String(value) : undefined),
  },
};

function wholeNumber(value: unknown, min: number, max: number): string | undefined {
  const isRight = typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
  return isRight ? String(value) : undefined;
}

function readGodebug(value: unknown): Record<string, string> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const pairs = Object.entries(value).map(([key, text]): [string, string] => [key, String(text)]);
  const isRight = pairs.every(([key, text]) => /^[a-z0-9]{1,60}$/.test(key) && /^[\w.-]{1,60}$/.test(text));
  return pairs.length > 0 && isRight ? Object.fromEntries(pairs) : undefined;
}
