import { expect, test } from "bun:test";
import { hasCode } from "../core/errors.ts";
import { hostOfHeader, isLoopback, parseListenAddress, urlOf } from "./listen-address.ts";

test.each([
  ["127.0.0.1:7420", { host: "127.0.0.1", port: 7420 }],
  ["localhost:0", { host: "localhost", port: 0 }],
  ["[::1]:80", { host: "::1", port: 80 }],
  ["0.0.0.0:65535", { host: "0.0.0.0", port: 65_535 }],
])("%s is an address", (text, expected) => {
  expect(parseListenAddress(text)).toEqual(expected);
  expect(urlOf("http", expected)).toBe(`http://${text}`);
});

test.each(["", "7420", ":7420", "host:", "host:99999", "::1:80", "host:1:2", "a b:1", "host:-1"])(
  "%p is none",
  (text) => {
    let failure: unknown;
    try {
      parseListenAddress(text);
    } catch (cause) {
      failure = cause;
    }
    expect(hasCode(failure, "server/address-invalid")).toBe(true);
  },
);

test("only this machine's own addresses are loopback", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) expect(isLoopback(host)).toBe(true);
  for (const host of [
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "",
    "128.0.0.1",
  ]) {
    expect(isLoopback(host)).toBe(false);
  }
});

test("the host of a header is what is before the port", () => {
  expect(
    ["localhost:7420", "LocalHost", "[::1]:7420", "[::1]", "evil.example:80", "", "a:b:c"].map(hostOfHeader),
  ).toEqual(["localhost", "localhost", "::1", "::1", "evil.example", "", ""]);
});
