import { expect, test } from "bun:test";
import { bearerOf } from "./credentials.ts";

function bearer(authorization: string, others: Record<string, string> = {}): string | null {
  return bearerOf(new Headers({ authorization, ...others }));
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString("base64")}`;
}

test("the password of basic authentication is the token", () => {
  expect(bearer(basic("anybody:secret-token"))).toBe("Bearer secret-token");
  expect(bearer(basic(":with:colons"))).toBe("Bearer with:colons");
  expect(bearer("basic bmFtZTp0b2tlbg==")).toBe("Bearer token");
});

test("a bearer token and no token stay what they are", () => {
  expect(bearer("Bearer secret-token", { origin: "https://example.com" })).toBe("Bearer secret-token");
  expect(bearerOf(new Headers())).toBeNull();
});

test.each(["no colon", "name:", "name:two words", "name:line\nfeed", "name:\u00e9"])("%j holds no token", (text) => {
  expect(bearer(basic(text))).toBeNull();
});

test("a password that a page of another site made the browser send is refused", () => {
  expect(() => bearer(basic("a:secret-token"), { origin: "https://example.com" })).toThrow("Origin");
  expect(() => bearer(basic("a:secret-token"), { origin: "null" })).toThrow("Origin");
});
