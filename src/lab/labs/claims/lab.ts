/** `ballast lab claims`: what is said about Go's cache and scheduler, against the user's own toolchain. */

import { labErrors } from "../../errors.ts";
import type { Bench } from "../../bench.ts";
import { cleanGo } from "../../clean-environment.ts";
import type { Cell, Experiment, Lab, LabReport, Run } from "../../lab.ts";
import type { Claim, Judgement } from "./claim.ts";
import { claims } from "./claims.ts";
import { createKit } from "./kit.ts";

export interface ClaimsInput {
  /** The start of a claim's id; empty: all. */
  readonly only: string;
}

export interface JudgedClaim extends Judgement {
  readonly id: string;
  readonly chapter: string;
  readonly claim: string;
}

export interface ClaimsAnalysis {
  readonly claims: readonly JudgedClaim[];
}

export const claimsLab: Lab<ClaimsInput, Judgement, ClaimsAnalysis> = {
  name: "claims",
  title: "claims against this toolchain",
  open: openClaims,
};

/** Measured on two cores: most take less than a second, some compile the race detector's runtime. */
const eachMs = 2500;
const deadlineMs = 300_000;

async function openClaims({ only }: ClaimsInput, bench: Bench): Promise<Experiment<Judgement, ClaimsAnalysis>> {
  const clean = await cleanGo(bench, bench.cwd);
  const chosen = claims.filter(({ id }) => id.startsWith(only));
  const root = bench.folder("claims").path;
  const kit = createKit(bench, clean, root);
  await warm(bench, clean.env, kit.module({ "main.go": "package main\n\nfunc main() {}\n" }));
  const facts = [
    ["go", clean.goEnv["GOVERSION"] ?? "?"],
    ["platform", `${clean.goEnv["GOOS"] ?? "?"}/${clean.goEnv["GOARCH"] ?? "?"}`],
  ] as const;
  const cells = chosen.map(({ id }): Cell => ({ id, levels: { claim: id } }));
  return {
    factors: [{ name: "claim", doc: "what is judged", levels: chosen.map(({ id }) => id) }],
    facts,
    designs: [{ name: "each", doc: "each claim once", runs: cells.length, estimateMs: cells.length * eachMs }],
    next: (_design, runs) =>
      runs.length > 0 ? undefined : { name: "claims", title: "claims", rounds: [cells], order: "given" },
    run: ({ id }) => claimOf(chosen, id).judge(kit),
    analyse: (_design, runs) => Promise.resolve({ claims: runs.map((run) => judged(chosen, run)) }),
    report: (analysis) => claimsReport(analysis, facts),
  };
}

async function warm(bench: Bench, env: Readonly<Record<string, string>>, cwd: string): Promise<void> {
  bench.status("compiling the runtime into the lab's cache");
  const result = await bench.run(["go", "build", "-o", "program", "."], { cwd, env, deadlineMs });
  if (result.exitCode !== 0) throw labErrors.error("lab/go-unusable", result.stderr.slice(-2000));
}

function claimOf(chosen: readonly Claim[], id: string): Claim {
  const found = chosen.find((claim) => claim.id === id);
  if (found === undefined) throw labErrors.error("lab/state-unreadable", `there is no claim ${JSON.stringify(id)}`);
  return found;
}

function judged(chosen: readonly Claim[], { cell, value }: Run<Judgement>): JudgedClaim {
  const { id, chapter, claim } = claimOf(chosen, cell.id);
  return { id, chapter, claim, ...value };
}

function claimsReport({ claims: all }: ClaimsAnalysis, facts: readonly (readonly [string, string])[]): LabReport {
  const count = (verdict: string): number => all.filter((one) => one.verdict === verdict).length;
  const words = ["true", "outdated", "false", "depends", "unverified"].map((verdict) => `${count(verdict)} ${verdict}`);
  const rows = all.map(({ chapter, claim, verdict, evidence }) => [chapter, claim, verdict, evidence]);
  return {
    isFinding: false,
    document: {
      title: "ballast lab claims",
      verdict: `Of ${all.length} claims: ${words.join(", ")}.`,
      facts,
      sections: [
        { title: "Claims", blocks: [{ kind: "table", columns: ["chapter", "claim", "verdict", "evidence"], rows }] },
      ],
    },
  };
}

/** The reference page: what the lab found, as Markdown. */
export function claimsPage({ claims: all }: ClaimsAnalysis, go: string): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replace(/\s+/g, " ");
  const rows = all.map((one) => `| ${one.chapter} | ${cell(one.claim)} | **${one.verdict}** | ${cell(one.evidence)} |`);
  return `<!-- Written by \`ballast lab claims --page\`; a test compares it with what the lab finds. -->

# Claims, and what a toolchain says to them

What is commonly said about GOCACHE, asynchronous preemption and reproducible builds, each with an experiment that
\`ballast lab claims\` runs on the Go on PATH. This is what it found with ${go} on Linux. *depends* names on what;
*unverified* means that what it takes was not there, and is no pass.

| chapter | claim | verdict | evidence |
|---|---|---|---|
${rows.join("\n")}
`;
}
