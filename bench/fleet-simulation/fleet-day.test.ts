/** What must hold of every simulated day, whatever its figures. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dayTables } from "./day-tables.ts";
import type { DayOptions } from "./day.ts";
import { type DayResult, simulateDay } from "./fleet-day.ts";
import { figuresOf, firstRow, sourceDigest } from "./scale-page.ts";
import { createNode, createTraffic } from "./simulated-node.ts";
import { createTimeline } from "./timeline.ts";

const options: DayOptions = {
  seed: 3,
  runners: 80,
  nodes: 3,
  failure: "none",
  manifests: 20_000,
  manifestsTravel: true,
};

function verifyNothingLost({ counts, traffic, sharing, options: { nodes } }: DayResult): void {
  expect(counts.finished).toBe(counts.arrived);
  const { asked, answered, refused, lost } = traffic.counts;
  expect(answered + refused + lost).toBeCloseTo(asked, 3);
  expect(sharing.counts.told).toBe(sharing.counts.acknowledged);
  expect(sharing.counts.heard).toBe(sharing.counts.told * (nodes - 1));
}

describe("a simulated day", () => {
  const day = simulateDay(options);

  test("ends with every job done, every request answered and every change heard by all", () => {
    expect(day.counts.arrived).toBeGreaterThan(4000);
    verifyNothingLost(day);
    expect(day.counts.localCommands).toBe(0);
    const sent = day.nodes.reduce((sum, { outgoing }) => sum + outgoing.done.total, 0);
    expect(sent / day.traffic.bytesOut.total).toBeWithin(0.999999, 1.000001);
  });

  test("obeys Little's law", () => {
    expect(day.jobMs / day.jobTimes.totalMs).toBeWithin(0.999999, 1.000001);
  });

  test("is the same again from the same seed, and another one from another", () => {
    const shown = (one: DayResult): string => JSON.stringify([one.events, dayTables(one)]);
    expect(shown(simulateDay(options))).toBe(shown(day));
    expect(shown(simulateDay({ ...options, seed: 4 }))).not.toBe(shown(day));
  });

  for (const failure of ["crash", "disk"] as const) {
    test(`loses nothing but requests under way when a node's end is a ${failure}`, () => {
      const failed = simulateDay({ ...options, runners: 160, failure });
      verifyNothingLost(failed);
      expect(failed.traffic.counts.refused + failed.traffic.counts.lost).toBeGreaterThan(0);
      expect(failed.counts.unanswered).toBeGreaterThan(0);
      expect(failed.counts.localCommands).toBeGreaterThanOrEqual(failed.counts.unanswered);
    });
  }

  test("with room for few manifests has runs that are told nothing ahead", () => {
    const few = simulateDay({ ...options, manifests: 20 });
    expect(few.counts.blind).toBeGreaterThan(3 * day.counts.blind);
    expect(few.traffic.requests.lookup.total).toBeGreaterThan(day.traffic.requests.lookup.total);
  });
});

describe("an overloaded node", () => {
  test("lets who comes later wait longer, and answers all in the end", () => {
    const timeline = createTimeline();
    const traffic = createTraffic();
    const node = createNode(timeline, 0, traffic);
    const times: number[] = [];
    // One millisecond of work comes every 0.8.
    for (let at = 0; at < 5000; at++) {
      timeline.after(at * 0.8, () => node.request("lookup", { threadMs: 1 }, (tookMs) => times.push(tookMs ?? 0)));
    }
    timeline.run();
    expect(traffic.counts.answered).toBe(5000);
    expect(times.at(-1)).toBeGreaterThan(900);
    expect(times[0]).toBeLessThan(20);
    expect(timeline.nowMs).toBeCloseTo(5000, 0);
  });
});

describe("docs/scale.md", () => {
  const figures = figuresOf(readFileSync(join(import.meta.dir, "../../docs/scale.md"), "utf8"));

  test("has the figures of the code as it is: `npm run bench -- fleet-simulation --page` writes them", () => {
    expect(figures).toContain(sourceDigest());
  });

  test("has the first row as it is played again", () => {
    expect(figures).toContain(firstRow());
  });
});
