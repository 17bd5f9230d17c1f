import { describe, expect, test } from "bun:test";
import type { BuildFigures } from "./builds.ts";
import { demoJson, demoText, requireSound, type DemoResult } from "./result.ts";

const nothing = {
  gets: 0,
  localHits: 0,
  remoteHits: 0,
  misses: 0,
  puts: 0,
  bytesDown: 0,
  bytesUp: 0,
  uploaded: 0,
  dropped: 0,
  handedOver: 0,
  corrupt: 0,
  savedMs: 0,
  waitedMs: 0,
  steppedAside: 0,
  lostServer: 0,
  wallMs: 0,
};

function figures(name: BuildFigures["name"], seconds: number, cache: BuildFigures["cache"]): BuildFigures {
  return { name, seconds, binary: "ab".repeat(32), cache };
}

const result: DemoResult = {
  target: { goVersion: "go1.26.8", importPath: "example.org/notes" },
  builds: [
    figures("native cold", 21.714, undefined),
    { ...figures("unpack tar", 1.634, undefined), unpacking: { seconds: 0.5, archiveBytes: 25_600_000 } },
    figures("runner 1", 23.004, { ...nothing, misses: 1416, bytesUp: 25_420_000 }),
    figures("runner 2", 1.972, { ...nothing, remoteHits: 595, misses: 16, bytesDown: 25_310_000, bytesUp: 98 }),
    figures("20 ms away", 2.171, { ...nothing, remoteHits: 590, misses: 21, bytesDown: 25_310_000, bytesUp: 98 }),
    figures("again", 0.799, { ...nothing, localHits: 610, misses: 1, bytesUp: 98 }),
  ],
};

const plain = (text: string): string => text;

function withBuild(index: number, change: Partial<BuildFigures>): DemoResult {
  return { ...result, builds: result.builds.map((build, at) => (at === index ? { ...build, ...change } : build)) };
}

describe("the table", () => {
  test("is aligned, fits a narrow terminal and says how much faster runner 2 was", () => {
    const text = demoText(result, plain);
    expect(text).toBe(`build        seconds  local hits  server hits  misses     down       up  speed
native cold    21.71           -            -       -        -        -     1x
unpack tar      1.63           -            -       -        -        -    13x
runner 1       23.00           0            0   1,416      0 B  25.4 MB  0.94x
runner 2        1.97           0          595      16  25.3 MB     98 B    11x
20 ms away      2.17           0          590      21  25.3 MB     98 B    10x
again           0.80         610            0       1      0 B     98 B    27x

All 6 binaries are the same, byte for byte.
Runner 2 was 11 times as fast as native cold, 20 ms from the server 10 times; go with an unpacked archive 13 times.
`);
    const table = text.split("\n").slice(0, result.builds.length + 1);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThan(80);
  });

  test("writes large factors as plain numbers", () => {
    expect(demoText(withBuild(3, { seconds: 0.1 }), plain)).toContain("was 220 times as fast");
  });

  test("does without an archive where there was none", () => {
    const builds = result.builds.filter((build) => build.name !== "unpack tar");
    const text = demoText({ ...result, builds }, plain);
    expect(text).toContain("All 5 binaries");
    expect(text).toEndWith("20 ms from the server 10 times.\n");
  });

  test("names the binaries that differ", () => {
    const text = demoText(withBuild(5, { binary: "cd".repeat(32) }), plain);
    expect(text).toContain("The binaries differ: native cold abababababab, ");
    expect(text).toContain("again cdcdcdcdcdcd.");
  });
});

test("the JSON holds the same figures, in bytes and unrounded factors", () => {
  const data = JSON.parse(demoJson(result)) as { builds: unknown[] };
  expect(data).toMatchObject({ go: "go1.26.8", package: "example.org/notes", binariesIdentical: true });
  expect(data).toMatchObject({ runner2TimesAsFast: 11.011 });
  expect(data.builds[0]).toMatchObject({ build: "native cold", seconds: 21.714, serverHits: null, timesAsFast: 1 });
  expect(data.builds[1]).toMatchObject({ build: "unpack tar", unpackSeconds: 0.5, archiveBytes: 25_600_000 });
  expect(data.builds[3]).toMatchObject({ build: "runner 2", serverHits: 595, bytesDown: 25_310_000, misses: 16 });
});

describe("what is not sound", () => {
  test("is another binary, or a second runner that got nothing", () => {
    expect(() => requireSound(result)).not.toThrow();
    expect(() => requireSound(withBuild(1, { binary: "cd".repeat(32) }))).toThrow(
      expect.objectContaining({ code: "build/demo-binaries-differ" }),
    );
    expect(() => requireSound(withBuild(3, { cache: nothing }))).toThrow(
      expect.objectContaining({ code: "build/demo-nothing-shared" }),
    );
    expect(() => requireSound(withBuild(4, { cache: nothing }))).toThrow(
      expect.objectContaining({ code: "build/demo-nothing-shared" }),
    );
    expect(() => requireSound(withBuild(3, { cache: undefined }))).toThrow(
      expect.objectContaining({ code: "build/demo-nothing-shared" }),
    );
  });
});
