/**
 * The figures of docs/scale.md, between two marks that stand in it. A test plays the smallest day again; for the others it
 * compares the digest of all that makes them with the one on the page.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatBytes, formatCount, formatDuration, formatShare } from "../../src/core/human-units.ts";
import { limitTable, markdownTable, summaryTable, type TextTable } from "./day-tables.ts";
import type { DayOptions } from "./day.ts";
import { type DayResult, simulateDay } from "./fleet-day.ts";
import { limitsReached } from "./limits-reached.ts";

const page = join(import.meta.dir, "../../docs/scale.md");
const [begin, end] = ["<!-- figures: npm run bench -- fleet-simulation --page -->\n", "<!-- end of figures -->\n"];

const common = { seed: 1, manifests: 20_000, manifestsTravel: true } as const;
/** One node by itself under more and more runners. */
const alone = [250, 1000, 2000, 3000, 4000];
const fleet: DayOptions = { ...common, runners: 10_000, nodes: 6, failure: "crash" };

/** Throws where the page has lost its marks. */
export function writeScalePage(): void {
  placeOf(readFileSync(page, "utf8"));
  const figures = makeFigures();
  // Read once more: it took minutes.
  const text = readFileSync(page, "utf8");
  const [from, to] = placeOf(text);
  writeFileSync(page, text.slice(0, from) + figures + text.slice(to));
}

/** What stands between the marks. */
export function figuresOf(text: string): string {
  return text.slice(...placeOf(text));
}

function placeOf(text: string): [from: number, to: number] {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error("docs/scale.md has no marks for its figures");
  return [from + begin.length, to];
}

function makeFigures(): string {
  const rows = alone.map((runners) => aloneRow(simulate({ ...common, runners, nodes: 1, failure: "none" })));
  const day = simulate(fleet);
  const parts = [
    "One node without a fleet, by the number of its runners:\n",
    markdownTable({ titles: aloneTitles, rows }),
    `${formatCount(fleet.runners)} runners, ${fleet.nodes} nodes of which one ends at the peak and is back after ten minutes:\n`,
    markdownTable(summaryTable(day)),
    markdownTable(limitTable(day)),
    `<!-- ${sourceDigest()} -->\n`,
  ];
  return `\n${parts.join("\n")}\n`;
}

function simulate(options: DayOptions): DayResult {
  console.error(`bench: ${options.runners} runners, ${options.nodes} nodes`);
  return simulateDay(options);
}

const aloneTitles: TextTable["titles"] = [
  "runners",
  "requests, worst minute",
  "sent, worst minute",
  "thread",
  "network",
  "open, p99",
  "stream, p50; p99",
  "without the server",
];

function aloneRow(day: DayResult): string[] {
  const { traffic, counts, options } = day;
  const shares = new Map(limitsReached(day).map(({ part, share }) => [part, formatShare(share)]));
  const times = (kind: "open" | "stream", share: number): string =>
    formatDuration(traffic.waits[kind].quantileMs(share));
  return [
    formatCount(options.runners),
    `${formatCount(traffic.all.peakPerMs * 1000)}/s`,
    `${formatBytes(traffic.bytesOut.peakPerMs * 1000)}/s`,
    shares.get("a node's thread") ?? "",
    shares.get("a node's network, out") ?? "",
    times("open", 0.99),
    `${times("stream", 0.5)}; ${times("stream", 0.99)}`,
    formatShare(counts.localCommands / counts.commands),
  ];
}

/** The page's first row, which is quick to make. */
export function firstRow(): string {
  const [runners = 0] = alone;
  return markdownTable({ titles: [], rows: [aloneRow(simulateDay({ ...common, runners, nodes: 1, failure: "none" }))] })
    .trimEnd()
    .split("\n")
    .at(-1) as string;
}

/** SHA-256 over the simulation's sources, costs among them. */
export function sourceDigest(): string {
  const hash = new Bun.CryptoHasher("sha256");
  const names = readdirSync(import.meta.dir).filter((name) => !name.endsWith(".test.ts"));
  for (const name of names.toSorted()) hash.update(name).update(readFileSync(join(import.meta.dir, name)));
  return hash.digest("hex");
}
