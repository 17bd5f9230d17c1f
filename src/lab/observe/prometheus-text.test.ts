import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { bucketsOf, parsePrometheusText, quantileBetween } from "./prometheus-text.ts";

/** What client_golang 1.23.2 answered in a program of Go 1.26, before and after 200 requests. */
function recorded(name: string): ReturnType<typeof parsePrometheusText> {
  return parsePrometheusText(readFileSync(new URL(`fixtures/client-golang-${name}.txt`, import.meta.url), "utf8"));
}

describe("what a real program answers", () => {
  test("has samples and buckets", () => {
    expect(recorded("two").find(({ name }) => name === "go_sched_gomaxprocs_threads")?.value).toBe(2);
    const buckets = bucketsOf(recorded("two"), "go_sched_latencies_seconds");
    expect([buckets.length, buckets.at(-1)]).toEqual([8, [Infinity, 2243]]);
  });

  test("the quantile is of what came between the readings", () => {
    const [before, after] = [recorded("one"), recorded("two")].map((one) =>
      bucketsOf(one, "go_sched_latencies_seconds"),
    );
    const half = quantileBetween(before ?? [], after ?? [], 0.5);
    expect(half?.atMost).toBeCloseTo(6.4e-7, 12);
    expect(quantileBetween(after ?? [], after ?? [], 0.99)).toBeUndefined();
  });
});

test("labels with escapes, times behind values, lines that are none", () => {
  const text = '# HELP a b\na{x="1\\"2",le="+Inf"} 3 1700000000\nbroken line here x\nb 1e3\nc NaN\n\n';
  expect(parsePrometheusText(text)).toEqual([
    { name: "a", labels: { x: '1"2', le: "+Inf" }, value: 3 },
    { name: "b", labels: {}, value: 1000 },
  ]);
});

test("any text: no exception", () => {
  fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => Array.isArray(parsePrometheusText(text))));
});
