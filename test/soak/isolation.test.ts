/** `npm run soak -- isolation`: what jobs can do to each other in each cache mode, 59 times each. */

import { afterAll, beforeAll, expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IsolationAnalysis } from "../../src/lab/labs/isolation/analysis.ts";
import { labAnswer } from "./lab-answer.ts";
import { testSeries } from "./series.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ballast-isolation-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What a mode lets through: a package that another job compiled, its bytes in the folder, bytes that somebody put there. */
for (const [mode, served, found, tampered, most] of [
  ["native", 1, 1, 1, 30],
  ["shared", 1, 1, 0, 30],
  ["read-only", 0, 0, 0, 20],
  ["isolated", 0, 0, 0, 4],
  ["off", 0, 0, 0, 4],
] as const) {
  const said = [served === 1 ? "served" : "not served", tampered === 1 ? "tampered with" : "not tampered with"];
  testSeries(`${mode}: ${said.join(", ")}`, most, async ({ first, runs }) => {
    const words = ["isolation", "--mode", mode, "--runs", String(runs), "--seed", String(first)];
    const { analysis } = await labAnswer<IsolationAnalysis, unknown>(join(home, `${mode}-${first}`), [], words);
    expect(analysis.programs).toEqual({ host: 1 });
    expect(analysis.modes).toMatchObject([
      {
        failed: { count: 0, of: 2 * runs },
        served: { count: served * runs, of: runs },
        found: { count: found * runs, of: runs },
        tampered: { count: tampered * runs, of: runs },
      },
    ]);
  });
}
