/** What the coverage lab says. */

import type { DocumentSection } from "../../../report/document.ts";
import type { LabReport } from "../../lab.ts";
import type { CoverageAnalysis, ScenarioAnalysis, ToolchainFinding } from "./analysis.ts";

export function coverageReport(analysis: CoverageAnalysis, facts: readonly (readonly [string, string])[]): LabReport {
  const { toolchains, scenarios } = analysis;
  const have = toolchains.map((toolchain) => {
    const names = scenarios.filter((one) => outcomeFor(one, toolchain) === "false").map(({ scenario }) => scenario);
    return { toolchain, names };
  });
  const verdict = `${have.map(({ toolchain, names }) => `${toolchain} shows a false share in ${names.length} of ${scenarios.length} cases`).join("; ")}.`;
  return {
    document: {
      title: "Coverage that changes although no test does",
      verdict,
      facts,
      sections: [table(analysis), ...details(scenarios), cacheSection(scenarios)],
    },
    isFinding: have.some(({ names }) => names.length > 0),
  };
}

function outcomeFor({ findings }: ScenarioAnalysis, toolchain: string): string {
  return findings.find((finding) => finding.toolchain === toolchain)?.outcome ?? "";
}

function table({ toolchains, scenarios }: CoverageAnalysis): DocumentSection {
  const rows = scenarios.map((one) => [one.scenario, ...toolchains.map((toolchain) => outcomeFor(one, toolchain))]);
  return { title: "Which Go has which", blocks: [{ kind: "table", columns: ["CASE", ...toolchains], rows }] };
}

function details(scenarios: readonly ScenarioAnalysis[]): DocumentSection[] {
  return scenarios.map(({ scenario, doc, findings }) => ({
    title: scenario,
    blocks: [
      { kind: "text", text: `${doc}.` },
      { kind: "table", columns: ["GO", "FOUND", "SHOWN", "TRUE", "NOTE"], rows: findings.map(row) },
    ],
  }));
}

function row({ toolchain, outcome, shown, true: truth, note }: ToolchainFinding): string[] {
  return [toolchain, outcome, percent(shown), percent(truth), note];
}

function percent(value: number | undefined): string {
  return value === undefined ? "–" : `${value.toFixed(1)}%`;
}

/** The cause that is often told of, with what was found. */
function cacheSection(scenarios: readonly ScenarioAnalysis[]): DocumentSection {
  const findings = scenarios.filter(({ scenario }) => scenario.startsWith("cache-")).flatMap((one) => one.findings);
  const seen = findings.filter(({ outcome }) => outcome !== "not-run");
  const wrong = seen.filter(({ outcome }) => outcome === "false");
  return { title: "Is it the cache?", blocks: [{ kind: "text", text: cacheText(seen.length, wrong.length) }] };
}

function cacheText(seen: number, wrong: number): string {
  if (seen === 0) return "Whether an emptied or read-only GOCACHE changes the share was not looked at.";
  if (wrong > 0) return `An emptied or read-only GOCACHE changed the share in ${wrong} of ${seen} runs.`;
  return `An emptied or read-only GOCACHE changed no share in ${seen} runs. Go keeps no profiles to be merged there.`;
}
