import { expect, test } from "bun:test";
import { BallastError } from "../../core/errors.ts";
import { chosenVersion, highestShared, offeredVersions, protocolVersions, readVersion } from "./version.ts";

test("both sides take the highest version that they share", () => {
  const newest = protocolVersions.at(-1);
  expect(highestShared(protocolVersions.join(","))).toBe(newest);
  expect(highestShared(`99, ${newest} ,1`)).toBe(newest);
  expect(highestShared("1")).toBe(1);
  for (const listed of [null, "", "0", "99", "1.0", "01", "-1", "latest"]) {
    expect(highestShared(listed)).toBeUndefined();
  }
  expect(highestShared(`${"99,".repeat(1000)}1`)).toBeUndefined();
});

test("a request is written in one of them, in the first when it does not say", () => {
  expect(readVersion(null)).toBe(1);
  for (const version of protocolVersions) expect(readVersion(String(version))).toBe(version);
  for (const header of ["", "0", "99", "1, 2", " 1x"]) {
    expect(() => readVersion(header)).toThrow(BallastError);
  }
});

test("who offers nothing is told nothing", () => {
  expect(chosenVersion(null)).toEqual({});
  expect(chosenVersion("99")).toEqual({});
  const offered = offeredVersions();
  expect(chosenVersion(offered["ballast-protocols"] ?? null)["ballast-protocol"]).toBe(String(protocolVersions.at(-1)));
});
