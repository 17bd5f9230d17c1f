/** What the isolation lab prints. */

import { formatDuration, formatBytes } from "../../../core/human-units.ts";
import type { DocumentBlock, DocumentSection } from "../../../report/document.ts";
import type { LabReport } from "../../lab.ts";
import { type IsolationAnalysis, type ModeResult, type Share, troubles } from "./analysis.ts";

type Facts = readonly (readonly [name: string, value: string])[];

export function isolationReport(analysis: IsolationAnalysis, facts: Facts): LabReport {
  const wrong = troubles(analysis);
  const sections: readonly DocumentSection[] = [
    { title: "What jobs that build at the same time do to each other", blocks: [table(analysis), plot(analysis)] },
    ...failureSection(analysis.modes),
    { title: "How to read it", blocks: [{ kind: "lines", lines: [...meanings, ...analysis.notes] }] },
  ];
  const document = { title: "ballast lab isolation", verdict: verdict(analysis, wrong), facts, sections };
  return { document, isFinding: wrong.length > 0 };
}

function verdict({ modes }: IsolationAnalysis, wrong: readonly string[]): string {
  const named = (part: keyof Pick<ModeResult, "served" | "tampered">): string =>
    modes
      .filter((one) => (one[part]?.count ?? 0) > 0)
      .map(({ where, mode }) => `${where} ${mode}`)
      .join(", ") || "none";
  const seen = `One job got what only another had compiled in: ${named("served")}. Bytes that somebody put into the usual folder were linked in: ${named("tampered")}.`;
  return wrong.length === 0 ? seen : `${seen} ${wrong.join(". ")}.`;
}

const meanings = [
  "served: the last job builds a package that only the first has compiled; it is not compiled again.",
  "found: bytes of that package lie in the folder that the jobs' GOCACHE names.",
  "tampered: other bytes are put in the place of a compiled package in that folder, and a new program holds them.",
  "programs: different digests of one program that all jobs build from equal source, in folders of their own, with -trimpath.",
  "native is plain go over one folder, for comparison; its folder is trusted as it is.",
  "In images: shared is one cache mount, isolated one for each job, read-only the same mount with readonly, off none.",
];

function shareText(part: Share | undefined): string {
  if (part === undefined) return "–";
  return `${part.count} of ${part.of}`;
}

function table({ modes }: IsolationAnalysis): DocumentBlock {
  const isCompared = modes.some(({ shiftMs }) => shiftMs !== undefined);
  return {
    kind: "table",
    columns: [
      "where",
      "cache",
      "runs",
      "jobs failed",
      "programs",
      "served",
      "found",
      "tampered",
      "time",
      ...(isCompared ? [`longer than ${modes[0]?.mode}, 95 %`] : []),
      "left on disk",
    ],
    rows: modes.map((one) => [
      one.where,
      one.mode,
      String(one.runs),
      shareText(one.failed),
      String(one.programs),
      shareText(one.served),
      shareText(one.found),
      shareText(one.tampered),
      formatDuration(one.wallMs),
      ...(isCompared ? [shiftText(one)] : []),
      one.addedBytes === undefined ? "–" : formatBytes(one.addedBytes),
    ]),
  };
}

function shiftText({ shiftMs }: ModeResult): string {
  if (shiftMs === undefined) return "–";
  const text = (ms: number): string => `${ms < 0 ? "-" : "+"}${formatDuration(Math.abs(ms))}`;
  return `${text(shiftMs.low)} to ${text(shiftMs.high)}`;
}

function plot({ modes }: IsolationAnalysis): DocumentBlock {
  const groups = modes.map(({ where, mode, walls }) => ({ label: `${where} ${mode}`, values: walls }));
  return {
    kind: "plot",
    plot: { kind: "strips", title: "Time of all jobs together", axis: "ms", scale: "linear", groups },
  };
}

function failureSection(modes: readonly ModeResult[]): readonly DocumentSection[] {
  return modes.flatMap(({ where, mode, firstFailure }) =>
    firstFailure === undefined
      ? []
      : [
          {
            title: `What go said in the first failed job of ${where} ${mode}`,
            blocks: [{ kind: "lines", lines: firstFailure.trim().split("\n").slice(-12) }],
          },
        ],
  );
}
