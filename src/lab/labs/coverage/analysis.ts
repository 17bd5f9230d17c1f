/** Which Go has which false coverage. */

import type { Run } from "../../lab.ts";
import type { ScenarioValue } from "./scenario.ts";

export interface ToolchainFinding extends ScenarioValue {
  readonly toolchain: string;
}

export interface ScenarioAnalysis {
  readonly scenario: string;
  readonly doc: string;
  readonly findings: readonly ToolchainFinding[];
}

export interface CoverageAnalysis {
  readonly toolchains: readonly string[];
  readonly scenarios: readonly ScenarioAnalysis[];
}

export function analyseCoverage(
  runs: readonly Run<ScenarioValue>[],
  toolchains: readonly string[],
  docs: readonly (readonly [name: string, doc: string])[],
): CoverageAnalysis {
  const scenarios = docs.map(([scenario, doc]) => {
    const findings = toolchains.flatMap((toolchain) => {
      const run = runs.find(
        ({ cell }) => cell.levels["toolchain"] === toolchain && cell.levels["scenario"] === scenario,
      );
      return run === undefined ? [] : [{ toolchain, ...run.value }];
    });
    return { scenario, doc, findings };
  });
  return { toolchains, scenarios: scenarios.filter(({ findings }) => findings.length > 0) };
}
