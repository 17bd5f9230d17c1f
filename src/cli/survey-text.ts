/** How `ballast cache` shows who wrote what. */

import type { RunUses, SurveyedAction, Writing } from "../cache/inspect/survey-shape.ts";
import { formatBytes } from "../core/human-units.ts";
import { shortId, timeText } from "./cache-text.ts";

/** Who somebody was: the repository, the run, the actor; whatever of it is known. */
function writerText(provenance: Readonly<Record<string, string>>): string {
  const { repository, ref, run, job, actor, caller } = provenance;
  const parts = [
    repository,
    ref,
    run === undefined ? undefined : `run ${run}`,
    job === undefined ? undefined : `job ${job}`,
    actor === undefined ? undefined : `by ${actor}`,
  ].filter((part) => part !== undefined);
  return parts.join(" ") || (caller ?? "somebody who said nothing of himself");
}

export function actionText({ action, writings, isConflict, unreproduced }: SurveyedAction): string {
  const notes = [
    ...(isConflict ? ["CONFLICT: two outputs"] : []),
    ...(unreproduced === undefined ? [] : [unreproducedTexts[unreproduced]]),
  ];
  const head = `${action}${notes.length === 0 ? "" : `  ${notes.join("; ")}`}`;
  return [head, ...writings.map(writingText), ""].join("\n");
}

const unreproducedTexts = {
  alone: "not reproduced by anybody trusted",
  differs: "DIFFERS from what somebody trusted came to",
} as const;

function writingText({
  scope,
  output,
  kind,
  sizeBytes,
  putMs,
  isCurrent,
  provenance,
  trust,
  reproducedBy,
}: Writing): string {
  const facts = [`  ${shortId(output)}  ${scope} (${trust}) ${kind} ${formatBytes(sizeBytes)} ${timeText(putMs)}`];
  if (!isCurrent) facts.push("    kept beside the entry that lookups find");
  facts.push(`    written by ${writerText(provenance)}${madeWith(provenance)}`);
  if (reproducedBy !== undefined) facts.push(`    reproduced by ${writerText(reproducedBy)}`);
  return facts.join("\n");
}

function madeWith({ goVersion, command, toolchain, image, node }: Readonly<Record<string, string>>): string {
  const parts = [
    goVersion,
    command === undefined ? undefined : `go ${command}`,
    toolchain === undefined ? undefined : `toolchain ${toolchain}`,
    image === undefined ? undefined : `image ${image}`,
    node === undefined ? undefined : `node ${node}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "" : `; ${parts.join(", ")}`;
}

export function runText({ provenance, scope, firstMs, lastMs, uses }: RunUses): string {
  return `${timeText(firstMs)} to ${timeText(lastMs)}  ${scope}  ${writerText(provenance)}  ${uses.length} entries`;
}
