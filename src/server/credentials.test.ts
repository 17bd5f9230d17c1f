import { expect, test } from "bun:test";
import { bearerOf } from "./credentials.ts";

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString("base64")}`;
}

test("the password of basic authentication is the token", () => {
  expect(bearerOf(basic("anybody:secret-token"))).toBe("Bearer secret-token");
  expect(bearerOf(basic(":with:colons"))).toBe("Bearer with:colons");
  expect(bearerOf("basic bmFtZTp0b2tlbg==")).toBe("Bearer token");
});

test("a bearer token and no token stay what they are", () => {
  expect(bearerOf("Bearer secret-token")).toBe("Bearer secret-token");
  expect(bearerOf(null)).toBeNull();
});

test.each(["no colon", "name:", "name:two words", "name:line\nfeed", "name:\u00e9"])("%j holds no token", (text) => {
  expect(bearerOf(basic(text))).toBeNull();
});
