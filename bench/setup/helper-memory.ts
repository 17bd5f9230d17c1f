/** The memory of the helper, and of everything of Ballast's, while a build runs. */

import { watchMemory } from "../measure/memory-watch.ts";
import type { Series } from "../measure/rounds.ts";
import { verify } from "../measure/failure.ts";
import type { Bench } from "./bench.ts";

/** Three series of peaks: the helper's resident size (VmHWM), its PSS, and the PSS of all of Ballast's processes. */
export async function measureHelperMemory(
  bench: Bench,
  name: string,
  times: number,
  build: () => Promise<void>,
): Promise<Series[]> {
  const { finder, ballast } = bench;
  const ofBallast = (): readonly { pid: number; words: readonly string[] }[] =>
    finder.find().filter(({ words }) => words[0] === ballast.executable);
  const resident: Series["samples"][number][] = [];
  const alone: Series["samples"][number][] = [];
  const together: Series["samples"][number][] = [];
  for (let i = 0; i < times; i++) {
    const helper = watchMemory(() => pidsOf(ofBallast().filter(({ words }) => words[1] === "cacheprog")));
    const all = watchMemory(() => pidsOf(ofBallast()));
    try {
      await build();
    } finally {
      const [helperPeaks, allPeaks] = [helper.stop(), all.stop()];
      resident.push({ value: helperPeaks.peakRssBytes, details: { ...helperPeaks } });
      alone.push({ value: helperPeaks.pssBytes });
      // The two look at different moments, and the helper is one of all.
      const pssBytes = Math.max(allPeaks.pssBytes, helperPeaks.pssBytes);
      together.push({ value: pssBytes, details: { ...allPeaks } });
    }
    verify((resident.at(-1)?.value ?? 0) > 0, `${name}: no helper was seen`);
  }
  return [
    { name: `memory, ${name}: helper, resident`, unit: "bytes", samples: resident },
    { name: `memory, ${name}: helper, PSS`, unit: "bytes", samples: alone },
    { name: `memory, ${name}: all of Ballast, PSS`, unit: "bytes", samples: together },
  ];
}

function pidsOf(found: readonly { readonly pid: number }[]): number[] {
  return found.map(({ pid }) => pid);
}
