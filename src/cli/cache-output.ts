/** What the `ballast cache` commands have in common: looking at a folder with progress, and one answer as text or JSON. */

import { listLocal, type LocalListing } from "../cache/inspect/local-listing.ts";
import { createTurns } from "../cache/inspect/turns.ts";
import { systemClock } from "../core/clock.ts";
import { formatBytes, formatCount } from "../core/human-units.ts";
import { createProgress } from "../core/progress.ts";
import type { LocalTarget } from "./cache-target.ts";
import type { CommandContext } from "./command.ts";

/** Lists the target's folder, saying how far it has come. */
export async function listWithProgress(context: CommandContext, { folder }: LocalTarget): Promise<LocalListing> {
  const progress = createProgress(context.stderr, systemClock);
  const listing = await listLocal(folder, {
    turns: createTurns(context.signal),
    onBody: (done, total) =>
      progress.update(`looking at bodies: ${formatCount(done)} of ${formatCount(total)} entries`),
  });
  progress.finish();
  return listing;
}

/** A progress callback for reading a server's entries and bodies; `finish` removes the line. */
export function serverProgress(context: CommandContext): {
  readonly onProgress: (state: { readonly seen: number; readonly bodies: number }) => void;
  readonly finish: () => void;
} {
  const progress = createProgress(context.stderr, systemClock);
  return {
    onProgress: ({ seen, bodies }) =>
      progress.update(`${formatCount(seen)} entries${bodies === 0 ? "" : `, ${formatCount(bodies)} bodies`} read`),
    finish: () => progress.finish(),
  };
}

/** Writes one JSON line, or the text. */
export function writeAnswer(context: CommandContext, asJson: boolean | undefined, json: unknown, text: string): void {
  context.stdout.write(asJson === true ? `${JSON.stringify(json)}\n` : text);
}

/** `1 entry`, `2 entries`. */
export function counted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** What a purge or a collection removed, or would remove. */
export function removedText(report: {
  readonly entries: number;
  readonly outputs: number;
  readonly freedBytes: number;
}): string {
  const { entries, outputs, freedBytes } = report;
  return `${counted(entries, "entry", "entries")} and ${counted(outputs, "body", "bodies")}, ${formatBytes(freedBytes)}`;
}
