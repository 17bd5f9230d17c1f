/** Lines and shared resources wait as theory says they must. */

import { describe, expect, test } from "bun:test";
import { createRandom } from "../../src/stats/random.ts";
import { drawExponential } from "./draws.ts";
import { createLine } from "./line.ts";
import { createSharedResource } from "./shared-resource.ts";
import { TimeTally } from "./tally.ts";
import { createTimeline, type Timeline } from "./timeline.ts";

/** Erlang's C formula: the chance that who comes finds all `servers` busy, at `load` erlangs. */
function chanceToWait(servers: number, load: number): number {
  let [term, sum] = [1, 1];
  for (let at = 1; at < servers; at++) {
    term *= load / at;
    sum += term;
  }
  const last = ((term * load) / servers) * (servers / (servers - load));
  return last / (sum + last);
}

/** Mean time in an M/M/c queue, in mean services. */
function meanSojourn(servers: number, load: number): number {
  return 1 + chanceToWait(servers, load) / (servers - load);
}

/** `count` arrivals that come independently, `load` of them in a mean service. */
function arrive(timeline: Timeline, load: number, count: number, come: () => void): void {
  const random = createRandom(7, "arrivals");
  const next = (left: number): void => {
    if (left === 0) return;
    timeline.after(drawExponential(random, 1 / load), () => {
      come();
      next(left - 1);
    });
  };
  next(count);
  timeline.run();
}

describe("a timeline", () => {
  test("runs what is next, and of two at one time the one that was asked for first", () => {
    const timeline = createTimeline();
    const seen: string[] = [];
    timeline.after(5, () => seen.push("late"));
    timeline.after(1, () => {
      seen.push("first");
      timeline.after(4, () => seen.push("later still"));
    });
    timeline.after(1, () => seen.push("second"));
    timeline.run();
    expect(seen).toEqual(["first", "second", "late", "later still"]);
    expect(timeline.nowMs).toBe(5);
    expect(() => timeline.after(-1, () => undefined)).toThrow("-1 ms from now");
  });
});

describe("a line", () => {
  for (const [servers, load] of [
    [1, 0.7],
    [3, 2.4],
    [8, 7],
  ] as const) {
    test(`with ${servers} servers at ${load} erlangs waits as in M/M/c`, () => {
      const timeline = createTimeline();
      const line = createLine(timeline, servers);
      const random = createRandom(7, "services");
      const times = new TimeTally();
      arrive(timeline, load, 150_000, () => line.serve(drawExponential(random, 1), (sojourn) => times.add(sojourn)));
      expect(times.count).toBe(150_000);
      expect(times.meanMs / meanSojourn(servers, load)).toBeWithin(0.95, 1.05);
      expect(line.busy.total / timeline.nowMs / load).toBeWithin(0.98, 1.02);
    });
  }

  test("lets those in the middle of a time of overload wait longer the later they come", () => {
    const timeline = createTimeline();
    const line = createLine(timeline, 1);
    const sojourns: number[] = [];
    for (let at = 0; at < 100; at++) timeline.after(at, () => line.serve(2, (sojourn) => sojourns.push(sojourn)));
    timeline.run();
    expect(sojourns[0]).toBe(2);
    expect(sojourns[99]).toBe(101);
  });
});

describe("a shared resource", () => {
  // Mean times under processor sharing depend on the mean of the work alone (insensitivity).
  for (const [name, draw] of [
    ["work of one size", () => 1],
    ["work of exponential size", (random: () => number) => -Math.log(1 - random())],
  ] as const) {
    test(`with ${name} takes 1/(1 - load) as long as alone`, () => {
      const timeline = createTimeline();
      const resource = createSharedResource(timeline, { capacity: 1, shareMax: 1 });
      const random = createRandom(7, "work");
      const times = new TimeTally();
      arrive(timeline, 0.75, 150_000, () => {
        const { nowMs } = timeline;
        resource.use(draw(random.next), () => times.add(timeline.nowMs - nowMs));
      });
      expect(times.meanMs * (1 - 0.75)).toBeWithin(0.94, 1.06);
      expect(resource.users).toBe(0);
    });
  }

  test("of which nobody can take more than a quarter has M/M/4's times", () => {
    const timeline = createTimeline();
    const resource = createSharedResource(timeline, { capacity: 4, shareMax: 1 });
    const times = new TimeTally();
    arrive(timeline, 3.2, 150_000, () => {
      const { nowMs } = timeline;
      resource.use(1, () => times.add(timeline.nowMs - nowMs));
    });
    expect(times.meanMs / meanSojourn(4, 3.2)).toBeWithin(0.94, 1.06);
  });

  test("does all work that it is given, and Little's law holds", () => {
    const timeline = createTimeline();
    const resource = createSharedResource(timeline, { capacity: 10, shareMax: 3 });
    const random = createRandom(7, "mixed");
    let [given, sojourns, hereMs, atMs] = [0, 0, 0, 0];
    const look = (): void => {
      hereMs += resource.users * (timeline.nowMs - atMs);
      atMs = timeline.nowMs;
    };
    arrive(timeline, 1, 20_000, () => {
      const [work, { nowMs }] = [random.next() * 18, timeline];
      given += work;
      // Looked at before each coming and after each end, when the one that has ended is gone already.
      look();
      resource.use(work, () => {
        hereMs += (resource.users + 1) * (timeline.nowMs - atMs);
        atMs = timeline.nowMs;
        sojourns += timeline.nowMs - nowMs;
      });
    });
    expect(resource.done.total / given).toBeWithin(0.999999, 1.000001);
    expect(hereMs / sojourns).toBeWithin(0.999999, 1.000001);
  });

  test("that is emptied forgets its users and serves the next", () => {
    const timeline = createTimeline();
    const resource = createSharedResource(timeline, { capacity: 1, shareMax: 1 });
    const seen: string[] = [];
    resource.use(10, () => seen.push("never"));
    timeline.after(4, () => {
      resource.empty();
      resource.use(1, () => seen.push(`at ${timeline.nowMs}`));
    });
    timeline.run();
    expect(seen).toEqual(["at 5"]);
    expect(resource.done.total).toBe(5);
  });
});
