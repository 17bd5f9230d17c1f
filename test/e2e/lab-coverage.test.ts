/** The lab finds on each Go what is known of it: one false share that Go 1.25.0 alone has, and none by the cache. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { testWith } from "../with-component.ts";
import { ballast, createGoFixture, type GoFixture } from "./go-fixture.ts";
import { whyNoMounts } from "./mounted-folder.ts";

let fixture: GoFixture;
beforeAll(async () => {
  fixture = await createGoFixture();
});
afterAll(() => fixture[Symbol.dispose]());

interface Finding {
  readonly toolchain: string;
  readonly outcome: string;
  readonly shown?: number;
  readonly true?: number;
}

interface Printed {
  readonly analysis: {
    readonly scenarios: readonly { readonly scenario: string; readonly findings: readonly Finding[] }[];
  };
}

testWith(
  "go1.25.0",
  "each false coverage on the Go on PATH and on Go 1.25.0",
  async () => {
    const caches = join(fixture.folder, "caches");
    const gocache = join(caches, "ballast", "lab", "gocache");
    cpSync(fixture.newCache("warm"), gocache, { recursive: true, preserveTimestamps: true });
    const older = await fixture.newCacheOf("warm-1.25.0", { GOTOOLCHAIN: "go1.25.0" });
    cpSync(older, gocache, { recursive: true, preserveTimestamps: true });
    const page = join(fixture.folder, "page.html");
    const words = [
      "lab",
      "coverage",
      "--toolchain=local",
      "--toolchain=go1.25.0",
      "--budget=60s",
      "--json",
      `--html=${page}`,
    ];
    const ran = await fixture.run([...ballast, ...words], { XDG_CACHE_HOME: caches });
    expect(ran.stderr).not.toContain("error");
    expect(ran.exitCode).toBe(1);
    const { analysis } = JSON.parse(ran.stdout) as Printed;
    const outcomes: Readonly<Record<string, string>> = Object.fromEntries(
      analysis.scenarios.map(({ scenario, findings }) => [scenario, findings.map(({ outcome }) => outcome).join(" ")]),
    );
    const { "cache-read-only": readOnly, ...others } = outcomes;
    const canMount = whyNoMounts() === undefined;
    expect(readOnly).toMatch(canMount ? /^sound sound$/ : /^(?:sound|not-run) (?:sound|not-run)$/);
    expect(others).toEqual({
      "repeated-blocks": "false false",
      "modes-mixed": "sound sound",
      "toolchains-merged": "sound sound",
      "coverpkg-differs": "false false",
      "generated-files": "false false",
      "sources-moved": "sound false",
      "packages-failed": "false false",
      "packages-not-run": "false false",
      "older-binary": "false false",
      "temp-folder": "refused refused",
    });
    expect(readFileSync(page, "utf8")).toContain("Is it the cache?");
  },
  240_000,
);

test("a toolchain that is not there is an error of its own", async () => {
  const ran = await fixture.run([...ballast, "lab", "coverage", "--toolchain=go1.12.1"], {
    XDG_CACHE_HOME: join(fixture.folder, "caches"),
    GOPROXY: "off",
  });
  expect(ran.exitCode).toBe(3);
  expect(ran.stderr).toContain("lab/coverage-toolchain-unusable");
});
