import { expect, test } from "bun:test";
import { hasCode } from "../core/errors.ts";
import { parseTokens } from "./tokens.ts";

const reading = "reading-token-0123456789";
const writing = "writing-token-0123456789";

test("each token has its access, everything else has none", () => {
  const tokens = parseTokens(`# remark\r\n\n  read ${reading}\nwrite\t${writing}  \n`, "tokens");
  expect(tokens.accessOf(`Bearer ${reading}`)).toBe("read-only");
  expect(tokens.accessOf(`Bearer ${writing}`)).toBe("read-write");
  for (const header of [
    null,
    "",
    "Bearer",
    "Bearer ",
    reading,
    `Basic ${writing}`,
    `Bearer ${writing}x`,
    `Bearer ${writing.slice(1)}`,
    "Bearer # remark",
  ]) {
    expect(tokens.accessOf(header)).toBeUndefined();
  }
});

test.each([
  "",
  "# only a remark\n",
  "write short\n",
  "admin 0123456789abcdef\n",
  "write 0123456789abcdef two words\n",
  "0123456789abcdef\n",
])("a file with %p is refused", (text) => {
  let failure: unknown;
  try {
    parseTokens(text, "tokens");
  } catch (cause) {
    failure = cause;
  }
  expect(hasCode(failure, "server/token-file-invalid")).toBe(true);
  expect(String((failure as Error).message)).not.toContain("0123456789abcdef");
});
