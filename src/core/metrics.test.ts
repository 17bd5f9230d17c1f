import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { createMetrics, defineMetrics } from "./metrics.ts";

const specs = defineMetrics({
  starts: { type: "counter", name: "ballast_starts_total", help: "How often it started." },
  requests: {
    type: "counter",
    name: "ballast_requests_total",
    help: "By \\ route\nand code.",
    labels: ["route", "code"],
  },
  open: { type: "gauge", name: "ballast_open_requests", help: "Now." },
  latency: {
    type: "histogram",
    name: "ballast_request_seconds",
    help: "How long.",
    labels: ["route"],
    buckets: [0.1, 1, 10],
  },
});

test("the page of a fresh set: series without labels are there, others are not", () => {
  expect(createMetrics(specs).render()).toBe(
    [
      "# HELP ballast_starts_total How often it started.",
      "# TYPE ballast_starts_total counter",
      "ballast_starts_total 0",
      "# HELP ballast_requests_total By \\\\ route\\nand code.",
      "# TYPE ballast_requests_total counter",
      "# HELP ballast_open_requests Now.",
      "# TYPE ballast_open_requests gauge",
      "ballast_open_requests 0",
      "# HELP ballast_request_seconds How long.",
      "# TYPE ballast_request_seconds histogram",
      "",
    ].join("\n"),
  );
});

function seriesLines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

describe("counting", () => {
  test("counters only grow, by label values in the declared order", () => {
    const { instruments, render } = createMetrics(specs);
    instruments.starts.add(1);
    instruments.starts.add(-5);
    instruments.starts.add(Number.NaN);
    instruments.requests.add(2, { code: "200", route: "/a" });
    instruments.requests.add(1, { route: "/a", code: "200" });
    instruments.requests.add(1, { route: 'a"b\\c\nd', code: "500" });
    expect(seriesLines(render())).toEqual([
      "ballast_starts_total 1",
      'ballast_requests_total{route="/a",code="200"} 3',
      'ballast_requests_total{route="a\\"b\\\\c\\nd",code="500"} 1',
      "ballast_open_requests 0",
    ]);
  });

  test("gauges are set, moved, or followed", () => {
    const { instruments, render } = createMetrics(specs);
    instruments.open.set(3);
    instruments.open.add(-1);
    expect(seriesLines(render())).toContain("ballast_open_requests 2");
    let value = 7;
    instruments.open.follow(() => value);
    value = Infinity;
    expect(seriesLines(render())).toContain("ballast_open_requests +Inf");
  });

  test("two sets of one table do not share their counts", () => {
    const [one, other] = [createMetrics(specs), createMetrics(specs)];
    one.instruments.starts.add(1);
    expect(seriesLines(other.render())).toContain("ballast_starts_total 0");
  });

  test("a missing label does not compile", () => {
    const { instruments } = createMetrics(specs);
    // @ts-expect-error the labels are declared, so they must be given
    instruments.requests.add(1);
    // @ts-expect-error and all of them
    instruments.requests.add(1, { route: "/a" });
    expect(true).toBe(true);
  });
});

test("a histogram's buckets are cumulative, end with the count, and bounds are inclusive", () => {
  const { instruments, render } = createMetrics(specs);
  for (const seconds of [0.1, 0.5, 1, 99]) instruments.latency.of({ route: "/a" }).observe(seconds);
  expect(seriesLines(render()).slice(2)).toEqual([
    'ballast_request_seconds_bucket{route="/a",le="0.1"} 1',
    'ballast_request_seconds_bucket{route="/a",le="1"} 3',
    'ballast_request_seconds_bucket{route="/a",le="10"} 3',
    'ballast_request_seconds_bucket{route="/a",le="+Inf"} 4',
    'ballast_request_seconds_sum{route="/a"} 100.6',
    'ballast_request_seconds_count{route="/a"} 4',
  ]);
});

test("for any observations: buckets never fall, +Inf is the count", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -5, max: 50, noNaN: true })), (values) => {
      const { instruments, render } = createMetrics(specs);
      for (const value of values) instruments.latency.of({ route: "x" }).observe(value);
      const counts = [...render().matchAll(/_bucket\{.*\} (\d+)/g)].map(([, count]) => Number(count));
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      if (values.length > 0) expect(counts.at(-1)).toBe(values.length);
    }),
  );
});
