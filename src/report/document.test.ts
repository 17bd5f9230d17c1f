import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createStyle } from "../core/style.ts";
import { documentHtml } from "./document-html.ts";
import { documentText } from "./document-text.ts";
import type { Plot, ReportDocument } from "./document.ts";
import { createScale } from "./plots/scale.ts";

const plain = createStyle({ isTTY: false }, {});

const plots: readonly Plot[] = [
  {
    kind: "intervals",
    title: "I",
    axis: "share",
    scale: "share",
    rows: [{ label: "a<b", value: 0.5, low: 0.2, high: 0.9 }],
  },
  {
    kind: "strips",
    title: "S",
    axis: "ms",
    scale: "log",
    groups: [
      { label: "x", values: [1, 10, 100] },
      { label: "y", values: [] },
    ],
  },
  {
    kind: "lines",
    title: "L",
    axis: "ms",
    xAxis: "s",
    scale: "linear",
    series: [
      {
        label: "p",
        points: [
          [0, 1],
          [1, 3],
        ],
      },
    ],
  },
  {
    kind: "matrix",
    title: "M",
    axis: "share",
    scale: "share",
    rows: ["r"],
    columns: ["c", "d"],
    values: [[1, undefined]],
  },
];

const documentOf = (text: string): ReportDocument => ({
  title: text,
  verdict: text,
  facts: [[text, text]],
  sections: [
    {
      title: text,
      blocks: [
        { kind: "text", text },
        { kind: "table", columns: [text, "n"], rows: [[text, "1"]] },
        { kind: "lines", lines: [text] },
        ...plots.map((plot) => ({ kind: "plot" as const, plot: { ...plot, title: text, axis: text } })),
      ],
    },
  ],
});

describe("a page", () => {
  test("asks nothing of any host and runs nothing, whatever the text is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const html = documentHtml(documentOf(text));
        expect(html.isWellFormed()).toBe(true);
        const ours = documentHtml(documentOf(""));
        const tags = (page: string): string[] => [...page.matchAll(/<\/?[a-z!][^\s>]*/gi)].map(([tag]) => tag);
        expect(tags(html).filter((tag) => tag !== "<text" && tag !== "</text")).toEqual(
          tags(ours).filter((tag) => tag !== "<text" && tag !== "</text"),
        );
      }),
    );
    const html = documentHtml(documentOf('"><script>alert(1)</script><img src=//x>'));
    expect(html).not.toMatch(/<script|<img|<link|https?:|url\(/);
    expect(html).toContain("default-src 'none'");
  });

  test("every number in a drawing is one", () => {
    const html = documentHtml(documentOf("x"));
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
    expect([...html.matchAll(/<svg/g)]).toHaveLength(4);
  });
});

test("text holds the words, the table and no control characters", () => {
  const text = documentText(documentOf("red \u001b[31m"), plain);
  expect(text).not.toContain("\u001b");
  expect(text).toContain("red �[31m");
  const long = { ...documentOf("t"), verdict: "word ".repeat(60) };
  expect(
    Math.max(
      ...documentText(long, plain)
        .split("\n")
        .map(({ length }) => length),
    ),
  ).toBeLessThanOrEqual(100);
});

describe("a scale", () => {
  test("holds its values between 0 and 1, in their order", () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, (list) => {
        const scale = createScale("linear", list);
        const places = list.toSorted((a, b) => a - b).map((value) => scale.place(value));
        for (const [index, place] of places.entries()) {
          expect(place).toBeGreaterThanOrEqual(Math.max(0, places[index - 1] ?? 0));
          expect(place).toBeLessThanOrEqual(1);
        }
        expect(scale.ticks.length).toBeLessThan(14);
      }),
    );
  });

  test("ticks are round, and a logarithmic axis has powers of ten", () => {
    expect(createScale("linear", [0, 42]).ticks.map(({ label }) => label)).toEqual(["0", "10", "20", "30", "40", "50"]);
    expect(createScale("log", [3, 450]).ticks.map(({ label }) => label)).toEqual(["1", "10", "100", "1000"]);
    expect(createScale("log", [10, 100]).place(Math.sqrt(1000))).toBeCloseTo(0.5, 9);
    expect(createScale("linear", []).place(0.5)).toBeGreaterThan(0);
    expect(createScale("log", []).place(0)).toBe(0);
    expect(createScale("linear", [7, Infinity]).place(Infinity)).toBe(1);
  });
});
