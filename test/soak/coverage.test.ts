/** `npm run soak -- coverage`: each false coverage of the Go on PATH, 59 times, and as often the cases that are sound. */

import { afterAll, beforeAll, expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CoverageAnalysis } from "../../src/lab/labs/coverage/analysis.ts";
import { whyNoMounts } from "../e2e/mounted-folder.ts";
import { labAnswer } from "./lab-answer.ts";
import { testSeries } from "./series.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ballast-coverage-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

testSeries("each case is named rightly", 5, async ({ first, runs }) => {
  for (let number = first; number < first + runs; number++) {
    // Less than the design with cases that compile the standard library anew.
    const words = ["coverage", "--toolchain=local", "--budget=40s"];
    const { analysis } = await labAnswer<CoverageAnalysis, unknown>(join(home, String(number)), [], words);
    const outcomes = Object.fromEntries(
      analysis.scenarios.map(({ scenario, findings }) => [scenario, findings.map(({ outcome }) => outcome).join(" ")]),
    );
    expect(outcomes).toEqual({
      "repeated-blocks": "false",
      "modes-mixed": "sound",
      "coverpkg-differs": "false",
      "generated-files": "false",
      "sources-moved": "sound",
      "packages-failed": "false",
      "packages-not-run": "false",
      "older-binary": "false",
      "temp-folder": "refused",
      // There is one toolchain.
      "toolchains-merged": "not-run",
      "cache-read-only": whyNoMounts() === undefined ? "sound" : "not-run",
    });
  }
});
