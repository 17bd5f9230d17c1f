import { expect, test } from "bun:test";
import { godebugValue, mergeGodebug } from "./godebug.ts";

test("what the user has stays, what is set comes last and once", () => {
  expect(mergeGodebug("gctrace=1,schedtrace=5,,http2client=0", { schedtrace: "100" })).toBe(
    "gctrace=1,http2client=0,schedtrace=100",
  );
  expect(mergeGodebug(undefined, { a: "1", b: "2" })).toBe("a=1,b=2");
});

test("the last of equal keys is in force", () => {
  expect(godebugValue("a=1,ab=3,a=2", "a")).toBe("2");
  expect(godebugValue(undefined, "a")).toBeUndefined();
});
