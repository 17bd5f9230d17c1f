/** What is going on, on stderr, for work of more than a second: a live line on a terminal, now and then a line elsewhere. */

import type { Clock } from "./clock.ts";
import { textWidth } from "./style.ts";

export interface ProgressStream {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
}

export interface Progress {
  /** What is being done now. Cheap: may be called for each item. */
  update(status: string): void;
  /** Writes a line that stays, above the live one. */
  note(line: string): void;
  /** Removes the live line; `summary`, if given, stays when progress had been shown or the stream is a terminal. */
  finish(summary?: string): void;
}

/** Work that ends sooner is not worth a line. */
const quietMs = 1000;
const redrawMs = 100;
const plainLineMs = 10_000;

/** No timer is behind it: lines are written by the calls, so that it can never keep a process alive. */
export function createProgress(stream: ProgressStream, clock: Pick<Clock, "monotonicMs">): Progress {
  const startedMs = clock.monotonicMs();
  let lastDrawnMs: number | undefined;
  let isLive = false;
  const clear = (): void => {
    if (isLive) stream.write("\r\u001b[K");
    isLive = false;
  };
  return {
    update: (status) => {
      const nowMs = clock.monotonicMs();
      const isQuiet = nowMs - startedMs < quietMs;
      const intervalMs = stream.isTTY ? redrawMs : plainLineMs;
      if (isQuiet || (lastDrawnMs !== undefined && nowMs - lastDrawnMs < intervalMs)) return;
      lastDrawnMs = nowMs;
      if (stream.isTTY) stream.write(`\r\u001b[K${fit(status, stream.columns)}`);
      else stream.write(`${status}\n`);
      isLive = stream.isTTY;
    },
    note: (line) => {
      clear();
      stream.write(`${line}\n`);
    },
    finish: (summary) => {
      clear();
      if (summary !== undefined && (stream.isTTY || lastDrawnMs !== undefined)) stream.write(`${summary}\n`);
    },
  };
}

/** One line only: a status that wrapped could not be erased again. */
function fit(status: string, columns: number): string {
  const line = status.replace(/\s+/g, " ");
  const limit = Math.max(1, columns - 1);
  if (textWidth(line) <= limit) return line;
  let shown = "";
  for (const character of line) {
    if (textWidth(shown + character) > limit - 1) break;
    shown += character;
  }
  return `${shown}…`;
}
