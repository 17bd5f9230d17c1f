import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveSettings } from "../core/settings.ts";
import { readRunnerToken, type RunnerToken, tokenIn } from "./runner-token.ts";
import { cacheSettings } from "./settings.ts";

const work = mkdtempSync(join(tmpdir(), "ballast-token-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

test("a file with one token, or the server's own with the one that may do most", () => {
  expect(tokenIn("s3cret-token\n")).toBe("s3cret-token");
  expect(tokenIn("# for CI\nread rrrrrrrrrrrrrrrr\nwrite wwwwwwwwwwwwwwww\n")).toBe("wwwwwwwwwwwwwwww");
  expect(tokenIn("read rrrrrrrrrrrrrrrr")).toBe("rrrrrrrrrrrrrrrr");
});

test("anything else is no token", () => {
  for (const text of ["", "\n\n", "two words", "one\ntwo"]) expect(tokenIn(text)).toBeUndefined();
});

describe("a token goes only to a server that was named where the token was", () => {
  const inFile = join(work, "token");
  writeFileSync(inFile, "s3cret-token\n");
  const checkout = { server: "http://thief.example:7420", tokenFile: inFile };

  function read(env: Record<string, string>, flags: Record<string, string>, cache?: object): RunnerToken {
    const file = cache === undefined ? undefined : { path: join(work, "ballast.yaml"), values: { cache } };
    return readRunnerToken(resolveSettings(cacheSettings, { env, flags, file }));
  }

  test.each([
    ["a variable", { BALLAST_TOKEN: "s3cret-token" }, {}],
    ["a file", { BALLAST_TOKEN_FILE: inFile }, {}],
    ["a flag", {}, { tokenFile: inFile }],
  ])("from %s", (_, env, flags) => {
    const { token, from } = read({ ...env, BALLAST_SERVER: "http://ours:7420" }, flags, checkout);
    expect(token).toBe("s3cret-token");
    expect(read(env, { ...flags, server: "http://ours:7420" }, checkout).token).toBe("s3cret-token");
    expect(read(env, flags, checkout)).toEqual({ from, token: undefined, trouble: "withheld" });
  });

  test("a checkout cannot name a file of the runner to be sent", () => {
    expect(read({}, {}, checkout)).toEqual({ from: undefined, token: undefined, trouble: undefined });
    expect(read({ BALLAST_SERVER: "http://ours:7420" }, {}, checkout).from).toBeUndefined();
  });

  test("what is wrong with a file is told apart", () => {
    expect(read({ BALLAST_TOKEN_FILE: join(work, "nowhere") }, {}).trouble).toBe("unreadable");
    writeFileSync(join(work, "empty"), "\n");
    expect(read({ BALLAST_TOKEN_FILE: join(work, "empty") }, {}).trouble).toBe("no-token");
  });
});
