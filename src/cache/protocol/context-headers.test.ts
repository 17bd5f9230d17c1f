import { expect, test } from "bun:test";
import fc from "fast-check";
import { hasCode } from "../../core/errors.ts";
import { decodeContext, encodeContext } from "./context-headers.ts";
import type { RequestContext } from "./entry.ts";

const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdef".split("")), minLength: 64, maxLength: 64 });
const scope = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  // What does not show and the server's own names are refused on purpose; half a surrogate has no UTF-8.
  .filter(
    (name) => !/^\/\/|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name) && name.isWellFormed() && Buffer.byteLength(name) <= 200,
  );
const context: fc.Arbitrary<RequestContext> = fc.record({
  scope,
  ancestors: fc.array(scope, { maxLength: 8 }),
  toolchain: hex,
  image: hex,
  provenance: fc.dictionary(
    fc.string({ minLength: 1, maxLength: 8 }).filter((key) => key !== "__proto__"),
    fc.string({ maxLength: 30 }),
    { maxKeys: 5 },
  ),
});

test("a context comes back as it was sent, whatever the names hold", () => {
  fc.assert(
    fc.property(context, (sent) => {
      const headers = new Headers(encodeContext(sent));
      expect(decodeContext((name) => headers.get(name))).toEqual({ ...sent, provenance: { ...sent.provenance } });
    }),
  );
});

test("what is not a context is refused with a code", () => {
  const good = encodeContext({
    scope: "main",
    ancestors: [],
    toolchain: "a".repeat(64),
    image: "b".repeat(64),
    provenance: {},
  });
  const bad: [string, string, string][] = [
    ["ballast-protocol", "99", "protocol/unsupported-version"],
    ["ballast-scope", "", "protocol/malformed"],
    ["ballast-scope", "%zz", "protocol/malformed"],
    ["ballast-scope", "a%0ab", "protocol/malformed"],
    ["ballast-scope", "main%C2%9B", "protocol/malformed"],
    ["ballast-scope", "ma%E2%80%8Bin", "protocol/malformed"],
    ["ballast-scope", "main%E2%80%AE", "protocol/malformed"],
    ["ballast-scope", "//modules", "protocol/malformed"],
    ["ballast-ancestors", "main,//modules", "protocol/malformed"],
    ["ballast-scope", "x".repeat(201), "protocol/malformed"],
    ["ballast-ancestors", "a,,b", "protocol/malformed"],
    ["ballast-ancestors", "a,b,c,d,e,f,g,h,i", "protocol/malformed"],
    ["ballast-toolchain", "A".repeat(64), "protocol/malformed"],
    ["ballast-image", "short", "protocol/malformed"],
    ["ballast-provenance", "e30x", "protocol/malformed"],
    ["ballast-provenance", Buffer.from('{"a":1}').toString("base64url"), "protocol/malformed"],
    ["ballast-provenance", Buffer.from("[]").toString("base64url"), "protocol/malformed"],
  ];
  for (const [name, value, code] of bad) {
    const headers: Record<string, string> = { ...good, [name]: value };
    let failure: unknown;
    try {
      decodeContext((header) => headers[header] ?? null);
    } catch (cause) {
      failure = cause;
    }
    expect({ name, value, refused: hasCode(failure, code) }).toEqual({ name, value, refused: true });
  }
});
