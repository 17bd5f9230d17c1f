/** The laws of the merge. A run prints its seed when it fails; BALLAST_TEST_SEED repeats it. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bestOf, compareCandidates, emptyState, isCompiled, isCovered, mergeStates } from "./merge.ts";
import { type Candidate, compiledCandidatesMax, currentOf, type SlotState } from "./slot-state.ts";
import { compareStamps } from "./stamp.ts";

const seed = Number(process.env["BALLAST_TEST_SEED"] ?? Date.now() % 2 ** 31);
const runs = { seed, numRuns: 3000 };

const version = fc.integer({ min: 1, max: 12 });
const source = fc.constantFrom("a", "b", "c");

// Few values, so that they meet often; contents that differ under one stamp are in it too.
const candidate: fc.Arbitrary<Candidate> = fc.record({
  version,
  source,
  output: fc.constantFrom("01", "02", "03", "04", "05", "06", "07"),
  kind: fc.constantFrom(1, 1, 2, 5, 6, 0),
  sizeBytes: fc.constantFrom(7, 8),
  timeNs: fc.constantFrom(1n, 2n),
  putMs: fc.constantFrom(1, 2),
  costMs: fc.constantFrom(0, 1),
  provenance: fc.constantFrom("", '{"run":"1"}'),
});

/** As they exist: what is put into a slot comes through the merge. */
const state: fc.Arbitrary<SlotState> = fc
  .record({
    era: fc.oneof(
      { weight: 3, arbitrary: fc.constant(emptyState.era) },
      { weight: 1, arbitrary: fc.record({ version, source }) },
    ),
    candidates: fc.array(candidate, { maxLength: 9 }),
  })
  .map((made) => ({ ...made, candidates: bestOf(made.candidates) }));

describe("laws", () => {
  test("commutative", () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        expect(mergeStates(a, b)).toEqual(mergeStates(b, a));
      }),
      runs,
    );
  });

  test("associative", () => {
    fc.assert(
      fc.property(state, state, state, (a, b, c) => {
        expect(mergeStates(mergeStates(a, b), c)).toEqual(mergeStates(a, mergeStates(b, c)));
      }),
      runs,
    );
  });

  test("idempotent", () => {
    fc.assert(
      fc.property(state, (a) => {
        expect(mergeStates(a, a)).toEqual(a);
        expect(mergeStates(a, emptyState)).toEqual(a);
      }),
      runs,
    );
  });

  test("monotone: a merge holds what both held, and an older state never takes anything back", () => {
    fc.assert(
      fc.property(state, state, state, (a, b, c) => {
        const merged = mergeStates(a, b);
        expect(isCovered(merged, a)).toBe(true);
        expect(isCovered(merged, b)).toBe(true);
        expect(compareStamps(merged.era, a.era)).toBeGreaterThanOrEqual(0);
        if (isCovered(b, a)) expect(isCovered(mergeStates(b, c), mergeStates(a, c))).toBe(true);
      }),
      runs,
    );
  });

  test("any order, any repetition: the same", () => {
    const orders = fc.array(state, { minLength: 1, maxLength: 6 }).chain((states) =>
      fc.record({
        states: fc.constant(states),
        order: fc.shuffledSubarray([...states, ...states], { minLength: states.length * 2 }),
      }),
    );
    fc.assert(
      fc.property(orders, ({ states, order }) => {
        const inOrder = states.reduce((sum, one) => mergeStates(sum, one), emptyState);
        const shuffled = order.reduce((sum, one) => mergeStates(sum, one), emptyState);
        expect(shuffled).toEqual(inOrder);
      }),
      runs,
    );
  });
});

test("the set is bounded, and its first is the best", () => {
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 40 }), (all) => {
      const kept = bestOf(all);
      const compiled = kept.filter(({ kind }) => isCompiled(kind));
      expect(compiled.length).toBeLessThanOrEqual(compiledCandidatesMax);
      expect(kept.length - compiled.length).toBeLessThanOrEqual(1);
      expect(new Set(compiled.map(({ output }) => output)).size).toBe(compiled.length);
      for (const one of all) expect(compareCandidates(kept[0]!, one)).toBeLessThanOrEqual(0);
    }),
    runs,
  );
});

function put(at: number, output: string, kind: number, from = "a"): SlotState {
  const one: Candidate = {
    version: at,
    source: from,
    output,
    kind,
    sizeBytes: 1,
    timeNs: 1n,
    putMs: 1,
    costMs: 0,
    provenance: "",
  };
  return { ...emptyState, candidates: [one] };
}

describe("who is the entry", () => {
  test("of compiled packages the first, and the other one is kept", () => {
    const merged = mergeStates(put(5, "late", 1), put(4, "early", 1));
    expect(currentOf(merged)?.output).toBe("early");
    expect(merged.candidates.map(({ output }) => output)).toEqual(["early", "late"]);
  });

  test("of everything else the last", () => {
    const merged = mergeStates(put(5, "late", 6), put(4, "early", 6));
    expect(merged.candidates.map(({ output }) => output)).toEqual(["late"]);
  });

  test("ties are broken by the source", () => {
    expect(currentOf(mergeStates(put(5, "one", 1, "b"), put(5, "two", 1, "a")))?.output).toBe("two");
    expect(currentOf(mergeStates(put(5, "one", 6, "b"), put(5, "two", 6, "a")))?.output).toBe("one");
  });

  test("a put that did not know of a removal does not undo it", () => {
    const removed: SlotState = { ...emptyState, era: { version: 7, source: "a" } };
    expect(mergeStates(put(9, "x", 1), removed)).toEqual(removed);
    const after = { ...put(9, "x", 1), era: removed.era };
    expect(currentOf(mergeStates(removed, after))?.output).toBe("x");
  });
});
