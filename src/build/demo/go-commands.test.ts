import { expect, test } from "bun:test";
import { demoEnvironment, refuseOldGo } from "./go-commands.ts";

test("Go before 1.24 is refused, and nothing else", () => {
  for (const version of ["go1.24", "go1.26.8", "go1.27rc1", "go2.0", "devel go1.25-abcdef0123 X:foo", "devel +abc"]) {
    expect(() => refuseOldGo(version)).not.toThrow();
  }
  for (const version of ["go1.23.12", "go1.9", "go1.24".replace("24", "4")]) {
    expect(() => refuseOldGo(version)).toThrow(expect.objectContaining({ code: "build/go-too-old" }));
  }
});

test("a user's own settings of Ballast and of the cache stay out, a proxy stays off this machine", () => {
  const env = demoEnvironment({
    isExample: false,
    env: {
      PATH: "/bin",
      GOFLAGS: "-tags=x",
      GOCACHE: "/c",
      GOCACHEPROG: "/p",
      BALLAST_SERVER: "http://far",
      BALLAST_TOKEN: "secret",
      NO_PROXY: "far",
    },
  });
  expect(env).toEqual({
    PATH: "/bin",
    GOFLAGS: "-tags=x",
    GOWORK: "off",
    NO_PROXY: "far,127.0.0.1",
    no_proxy: "far,127.0.0.1",
    BALLAST_SCOPE: "main",
    BALLAST_WAIT_LIMIT: "60s",
  });
});

test("the built-in program is built without a user's GOFLAGS", () => {
  const { GOFLAGS } = demoEnvironment({ isExample: true, env: { GOFLAGS: "-mod=vendor" } });
  expect(GOFLAGS).toBe("-buildvcs=false");
});
