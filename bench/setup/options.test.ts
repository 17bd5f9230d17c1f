import { expect, test } from "bun:test";
import { readOptions } from "./options.ts";

test("each bench has its own number of rounds, and a folder is built as it is", () => {
  expect(readOptions(["helper"])).toMatchObject({
    pairs: 20,
    coldPairs: 3,
    package: "./cmd/buildctl",
    roundTripMs: 20,
  });
  expect(readOptions(["runner", "--rtt", "50ms", "--pairs", "2"])).toMatchObject({ pairs: 2, roundTripMs: 50 });
  expect(readOptions(["server", "--module", "examples/notes"])).toMatchObject({ package: ".", bodies: 20_000 });
  expect(readOptions(["helper", "--peer", "a=x", "--peer", "b=y z"]).peers).toHaveLength(2);
});

test("anything else is refused", () => {
  for (const wrong of [[], ["helpers"], ["helper", "runner"]]) {
    expect(() => readOptions(wrong)).toThrow("npm run bench");
  }
  expect(() => readOptions(["helper", "--pair", "2"])).toThrow();
});
