import { expect, test } from "bun:test";
import { tokenIn } from "./runner-token.ts";

test("a file with one token, or the server's own with the one that may do most", () => {
  expect(tokenIn("s3cret-token\n")).toBe("s3cret-token");
  expect(tokenIn("# for CI\nread rrrrrrrrrrrrrrrr\nwrite wwwwwwwwwwwwwwww\n")).toBe("wwwwwwwwwwwwwwww");
  expect(tokenIn("read rrrrrrrrrrrrrrrr")).toBe("rrrrrrrrrrrrrrrr");
});

test("anything else is no token", () => {
  for (const text of ["", "\n\n", "two words", "one\ntwo"]) expect(tokenIn(text)).toBeUndefined();
});
