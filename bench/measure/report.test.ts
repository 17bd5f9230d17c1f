import { expect, test } from "bun:test";
import { type Bar, makeRows, reportTable } from "./report.ts";
import type { Series, Unit } from "./rounds.ts";

function seriesOf(name: string, values: readonly number[], unit: Unit = "ms"): Series {
  return { name, unit, samples: values.map((value) => ({ value })) };
}

const ceiling: Bar = { of: "ratio", sense: "at most", limit: 1.5, aim: 1.35 };

test("a ratio is the median of the pairs' ratios, and is judged against its bar", () => {
  const series = [seriesOf("native", [100, 200, 100]), seriesOf("ballast", [150, 200, 160])];
  const [row] = makeRows([{ arm: "ballast", base: "native", bar: ceiling }], series);
  expect(row).toMatchObject({
    values: { median: 160 },
    ratios: { median: 1.5, min: 1, max: 1.6 },
    verdict: "within",
  });
  const [worse] = makeRows([{ arm: "ballast", base: "native", bar: { ...ceiling, limit: 1.49 } }], series);
  expect(worse?.verdict).toBe("over");
});

test("a floor is missed from below, and a bar on values takes the worst of them", () => {
  const series = [seriesOf("nginx", [100, 100], "requests/s"), seriesOf("get", [50, 58], "requests/s")];
  const floor: Bar = { of: "ratio", sense: "at least", limit: 0.6 };
  expect(makeRows([{ arm: "get", base: "nginx", bar: floor }], series)[0]?.verdict).toBe("below");
  const memory = [seriesOf("memory", [70e6, 81e6], "bytes")];
  const most: Bar = { of: "value", sense: "at most", limit: 80e6 };
  expect(makeRows([{ arm: "memory", bar: most }], memory)[0]?.verdict).toBe("over");
});

test("a row without a bar has no verdict, one without a series is a mistake", () => {
  expect(makeRows([{ arm: "a" }], [seriesOf("a", [1])])[0]).toMatchObject({ ratios: undefined, verdict: undefined });
  expect(() => makeRows([{ arm: "b" }], [seriesOf("a", [1])])).toThrow("no series b");
  expect(() => makeRows([{ arm: "a", base: "b" }], [seriesOf("a", [1]), seriesOf("b", [1, 2])])).toThrow("against");
});

test("the table says what was measured, the ratio, the bar and the verdict", () => {
  const series = [seriesOf("native", [1400, 1600]), seriesOf("ballast go", [1900, 2000])];
  const rows = makeRows([{ arm: "native" }, { arm: "ballast go", base: "native", bar: ceiling }], series);
  expect(reportTable(rows))
    .toBe(`            n  median    min    max  ratio  from    to  against  bar                    verdict
native      2   1.5 s  1.4 s  1.6 s
ballast go  2  1.95 s  1.9 s    2 s   1.30  1.25  1.36  native   at most 1.5, aim 1.35  within
`);
});
