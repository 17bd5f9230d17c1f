import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { createTraceFilter } from "./trace-filter.ts";
import type { SchedSample } from "./trace-line.ts";

const trace = readFileSync(new URL("fixtures/go1.26.txt", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");

interface Filtered {
  readonly samples: readonly SchedSample[];
  readonly text: string;
  readonly torn: number;
}

function filterPieces(pieces: readonly string[], keepsLines = false): Filtered {
  const samples: SchedSample[] = [];
  let text = "";
  const filter = createTraceFilter({
    onSample: (sample) => samples.push(sample),
    pass: (bytes) => (text += Buffer.from(bytes).toString("utf8")),
    keepsLines,
  });
  for (const piece of pieces) filter.push(Buffer.from(piece));
  filter.end();
  return { samples, text, torn: filter.tornLines() };
}

test("however the bytes arrive: the trace is taken out, and the program's own text is what it was", () => {
  const own = fc.constantFrom("hello\n", "SCHED is a word\n", "S\n", "SCHEDULE 1ms\n", "ünïcode …\n", "\n");
  const line = fc.oneof(own, fc.constantFrom(...trace.map((one) => `${one}\n`)));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat({ max: 60 })), (lines, cuts) => {
      const whole = lines.join("");
      const pieces: string[] = [];
      let at = 0;
      for (const cut of cuts) {
        pieces.push(whole.slice(at, at + cut));
        at += cut;
      }
      pieces.push(whole.slice(at));
      const { samples, text } = filterPieces(pieces);
      const traced = lines.filter((one) => trace.includes(one.trimEnd()));
      expect(samples).toHaveLength(traced.length);
      expect(text).toBe(lines.filter((one) => !traced.includes(one)).join(""));
    }),
  );
});

test("a prompt without a line feed is passed on at once", () => {
  let text = "";
  const filter = createTraceFilter({ onSample: () => undefined, pass: (bytes) => (text += String(bytes)) });
  filter.push(Buffer.from("name? "));
  expect(text).toBe("name? ");
  filter.push(Buffer.from("SCHEDX"));
  expect(text).toBe("name? SCHEDX");
});

test("a program's unfinished line before the trace stays", () => {
  const { samples, text } = filterPieces([`working...${trace[0]}\n done\n`]);
  expect([samples.length, text]).toEqual([1, "working... done\n"]);
});

test("a line that the program wrote into is passed on and counted", () => {
  const [line = ""] = trace;
  const { samples, text, torn } = filterPieces([`${line.slice(0, 40)}HELLO\n${line.slice(40)}\n`]);
  expect([samples.length, torn]).toEqual([0, 1]);
  expect(text).toContain("HELLO");
});

test("who asked for the trace keeps it", () => {
  const { samples, text } = filterPieces([`${trace[0]}\n`], true);
  expect([samples.length, text]).toEqual([1, `${trace[0]}\n`]);
});
