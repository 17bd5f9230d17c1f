import { expect, test } from "bun:test";
import { hasCode } from "../../core/errors.ts";
import { createAbsenceSet } from "./absence.ts";
import { encodeRemovals, readRemovals } from "./removal-list.ts";
import { joinJson } from "./run.ts";

const id = (text: string): Buffer => new Bun.CryptoHasher("sha256").update(text).digest();
const head = { node: "n", epoch: 12 };

test("a list names its actions and no others", () => {
  const read = readRemovals(encodeRemovals({ ...head, form: "list" }, Buffer.concat([id("a"), id("b")])));
  expect(read).toMatchObject({ ...head, form: "list" });
  expect(read.actions).toEqual([id("a"), id("b")]);
  expect([id("a"), id("b"), id("c")].map((each) => read.isRemoved(each))).toEqual([true, true, false]);
});

test("a set names its actions, and hardly any others", () => {
  const set = createAbsenceSet(3000);
  for (let at = 0; at < 3000; at++) set.add(id(`removed ${at}`));
  const read = readRemovals(encodeRemovals({ ...head, form: "set" }, set.bytes));
  for (let at = 0; at < 3000; at++) expect(read.isRemoved(id(`removed ${at}`))).toBe(true);
  const wrong = Array.from({ length: 1000 }, (_, at) => read.isRemoved(id(`kept ${at}`))).filter(Boolean).length;
  expect(wrong).toBeLessThan(60);
});

test("all is everything", () => {
  expect(readRemovals(encodeRemovals({ ...head, form: "all" }, new Uint8Array(0))).isRemoved(id("x"))).toBe(true);
});

test.each([
  ["no epoch", joinJson({ node: "n", form: "list" }, new Uint8Array(0))],
  ["no form", joinJson(head, new Uint8Array(0))],
  ["half an id", joinJson({ ...head, form: "list" }, new Uint8Array(40))],
  ["a set that is none", joinJson({ ...head, form: "set" }, new Uint8Array(7))],
  ["nothing", Buffer.alloc(0)],
])("%s is refused", (_name, body) => {
  let failure: unknown;
  try {
    readRemovals(body);
  } catch (cause) {
    failure = cause;
  }
  expect(hasCode(failure, "protocol/malformed")).toBe(true);
});
