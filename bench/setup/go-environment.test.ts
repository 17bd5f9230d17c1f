import { expect, test } from "bun:test";
import { goEnvironment } from "./go-environment.ts";

test("what a user set for Ballast or Go's cache does not bend a measurement, and a proxy stays off this machine", () => {
  const own = { PATH: "/bin", GOPROXY: "https://proxy", NO_PROXY: "far", UNSET: undefined };
  const bending = { BALLAST_SERVER: "http://x", GOCACHE: "/c", GOCACHEPROG: "p", GOFLAGS: "-mod=mod", GOWORK: "w" };
  expect(goEnvironment({ ...own, ...bending }, "id")).toEqual({
    PATH: "/bin",
    GOPROXY: "https://proxy",
    GOFLAGS: "-buildvcs=false",
    GOWORK: "off",
    NO_PROXY: "far,127.0.0.1",
    no_proxy: "far,127.0.0.1",
    BALLASTBENCH_RUN: "id",
  });
});
