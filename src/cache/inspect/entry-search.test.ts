import { expect, test } from "bun:test";
import { searchEntries } from "./entry-search.ts";

const id = (start: string): string => start.padEnd(64, "0");
const items = [
  { action: id("aa1"), output: id("b1"), subject: { package: "net/http" } },
  { action: id("aa2"), output: id("b2"), subject: { package: "net/url" } },
  { action: id("c3"), output: id("b2"), subject: { package: "add" } },
];
const found = (text: string): string[] => searchEntries(items, text).map(({ action }) => action.replace(/0+$/, ""));

test("a unique beginning of an action or an output is enough", () => {
  expect(found("aa1")).toEqual(["aa1"]);
  expect(found("b2")).toEqual(["aa2", "c3"]);
  expect(found(id("b1"))).toEqual(["aa1"]);
});

test("an ambiguous one is refused with the candidates", () => {
  expect(() => found("aa")).toThrow(id("aa2"));
  expect(() => found("b")).toThrow("2 ids");
});

test("what begins no id is a package, also when it is made of hex digits", () => {
  expect(found("add")).toEqual(["c3"]);
  expect(found("net/...")).toEqual(["aa1", "aa2"]);
  expect(found("dead")).toEqual([]);
});
