/**
 * Series of 59: where none of 59 is wrong, less than 5 % are (95 %). Each is made of parts of a minute or two, which are
 * tests of their own, so that a series can be run piece by piece: `npm run soak -- scheduling "idle.*part 2 of 3"`.
 */

import { test } from "bun:test";

const seriesLength = 59;

export interface SeriesPart {
  /** Added to the test's name. */
  readonly title: string;
  /** The number of the part's first run within the series. */
  readonly first: number;
  readonly runs: number;
}

/** The series in parts of at most `most` runs. */
function partsOf(most: number): readonly SeriesPart[] {
  const count = Math.ceil(seriesLength / most);
  return Array.from({ length: count }, (_none, index) => {
    const first = index * most;
    const runs = Math.min(most, seriesLength - first);
    return { title: `part ${index + 1} of ${count}, ${runs} of ${runs}`, first, runs };
  });
}

/** A test for each part; the parts are of at most `most` runs. */
export function testSeries(name: string, most: number, run: (part: SeriesPart) => Promise<void>): void {
  for (const part of partsOf(most)) test(`${name}, ${part.title}`, () => run(part));
}
