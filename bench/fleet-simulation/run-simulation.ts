/**
 * `npm run bench -- fleet-simulation [FLAGS]`: a working day of a fleet on paper. `--page` writes the figures of docs/scale.md
 * anew.
 */

import { type FlagSpecs, parseFlags } from "../../src/core/flags.ts";
import { dayTables, terminalTable } from "./day-tables.ts";
import { failures } from "./day.ts";
import { simulateDay } from "./fleet-day.ts";
import { writeScalePage } from "./scale-page.ts";

const flags = {
  seed: { type: "number", integer: true, min: 0, default: 1, doc: "The same seed gives the same day." },
  runners: { type: "number", integer: true, min: 1, default: 10_000, doc: "Runners." },
  nodes: { type: "number", integer: true, min: 1, default: 6, doc: "Nodes behind a balancer." },
  failure: { type: "choice", choices: failures, default: "crash", doc: "What one node does at the peak." },
  manifests: { type: "number", integer: true, min: 1, default: 20_000, doc: "Manifests that a node keeps." },
  travel: { type: "boolean", default: true, doc: "Nodes know each other's manifests; `--no-travel`: they do not." },
  page: { type: "boolean", doc: "Write the figures of docs/scale.md." },
} as const satisfies FlagSpecs;

export function runSimulation(argv: readonly string[]): void {
  const { values } = parseFlags(flags, argv);
  if (values.page === true) return writeScalePage();
  const failure = failures.find((one) => one === values.failure) ?? "none";
  const startedMs = performance.now();
  const result = simulateDay({ ...values, failure, manifestsTravel: values.travel !== false });
  for (const table of dayTables(result)) console.log(terminalTable(table));
  const tookMs = Math.round(performance.now() - startedMs);
  console.error(`bench: seed ${values.seed}, ${result.events} events in ${tookMs} ms`);
}
