import { expect, test } from "bun:test";
import fc from "fast-check";
import { chooseGomaxprocs, type GomaxprocsFacts, sliceMs } from "./container-gomaxprocs.ts";

const cases: readonly (readonly [string, GomaxprocsFacts, number])[] = [
  ["0.1 CPU is two, not one", { goMinor: 26, processors: 8, quotaCpus: 0.1 }, 2],
  ["rounded up", { goMinor: 26, processors: 8, quotaCpus: 2.5 }, 3],
  ["exactly", { goMinor: 25, processors: 8, quotaCpus: 4 }, 4],
  ["more than there is", { goMinor: 25, processors: 2, quotaCpus: 4 }, 2],
  ["one processor", { goMinor: 26, processors: 1, quotaCpus: 0.5 }, 1],
  ["no limit", { goMinor: 26, processors: 8 }, 8],
  ["before 1.25", { goMinor: 24, processors: 8, quotaCpus: 1 }, 8],
  ["an old go line", { goMinor: 26, goLineMinor: 24, processors: 8, quotaCpus: 1 }, 8],
  [
    "an old go line, set by hand",
    { goMinor: 26, goLineMinor: 24, processors: 8, quotaCpus: 1, containermaxprocs: "1" },
    2,
  ],
  ["switched off", { goMinor: 26, processors: 8, quotaCpus: 1, containermaxprocs: "0" }, 8],
];

for (const [title, facts, value] of cases) {
  test(title, () => expect(chooseGomaxprocs(facts).value).toBe(value));
}

test("never more than the processors, never less than one", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 14, max: 40 }),
      fc.integer({ min: 1, max: 512 }),
      fc.option(fc.double({ min: 0.01, max: 600, noNaN: true }), { nil: undefined }),
      (goMinor, processors, quotaCpus) => {
        const { value } = chooseGomaxprocs({ goMinor, processors, quotaCpus });
        return (
          value >= 1 &&
          value <= processors &&
          (quotaCpus === undefined || goMinor < 25 || value <= Math.max(2, Math.ceil(quotaCpus)))
        );
      },
    ),
  );
});

test("a tenth of a CPU among two threads is half a time slice", () => expect(sliceMs(0.1, 2)).toBe(5));
