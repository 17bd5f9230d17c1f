/**
 * Takes the trace's lines out of a program's standard error. Go's runtime writes a line in some thirty pieces, and the
 * program may write between two of them: what cannot be read is passed on as it came, and counted.
 */

import { parseSchedLine, type SchedSample, traceLineMaxChars } from "./trace-line.ts";

export interface TraceFilter {
  /** Takes what was read; hands on at once whatever cannot be the trace's. */
  push(bytes: Uint8Array): void;
  /** The program has closed its standard error. */
  end(): void;
  /** Lines that began like the trace's and could not be read. */
  tornLines(): number;
}

export interface TraceFilterTargets {
  readonly onSample: (sample: SchedSample) => void;
  readonly pass: (bytes: Uint8Array) => void;
  /** The user asked for the trace too: its lines are passed on as well. */
  readonly keepsLines?: boolean;
}

const opening = Buffer.from("SCHED ");
const lineFeed = 10;
/** What the trace's lines begin with, as far as it has come; anything else is let go of at once. */
const couldBeTrace = /^SCHED (?:\d{1,15}(?:m(?:s(?::(?: .*)?)?)?)?)?$/;

export function createTraceFilter({ onSample, pass, keepsLines = false }: TraceFilterTargets): TraceFilter {
  let held = Buffer.alloc(0);
  let tornLines = 0;
  const passNonEmpty = (bytes: Uint8Array): void => (bytes.length > 0 ? pass(bytes) : undefined);
  function judge(line: Buffer): void {
    const sample = parseSchedLine(line.toString("latin1").replace(/\n$/, ""));
    if (sample !== undefined) onSample(sample);
    else tornLines++;
    if (sample === undefined || keepsLines) pass(line);
  }
  return {
    push(bytes) {
      let rest = Buffer.concat([held, bytes]);
      held = Buffer.alloc(0);
      while (rest.length > 0) {
        const at = startOfTrace(rest);
        passNonEmpty(rest.subarray(0, at));
        rest = rest.subarray(at);
        const end = rest.indexOf(lineFeed);
        const begun = end < 0 ? rest : rest.subarray(0, end);
        if (!couldStillBeTrace(begun)) {
          // Not the whole line: what follows in it may be the trace's.
          pass(rest.subarray(0, 1));
          rest = rest.subarray(1);
        } else if (end < 0) {
          held = Buffer.from(rest);
          return;
        } else {
          judge(rest.subarray(0, end + 1));
          rest = rest.subarray(end + 1);
        }
      }
    },
    end() {
      passNonEmpty(held);
      held = Buffer.alloc(0);
    },
    tornLines: () => tornLines,
  };
}

/** Where the trace may begin: a whole opening, or one that the end of what was read has cut off. */
function startOfTrace(bytes: Buffer): number {
  const whole = bytes.indexOf(opening);
  if (whole >= 0) return whole;
  for (let length = Math.min(opening.length - 1, bytes.length); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(opening.subarray(0, length))) return bytes.length - length;
  }
  return bytes.length;
}

function couldStillBeTrace(begun: Buffer): boolean {
  if (begun.length > traceLineMaxChars) return false;
  if (begun.length < opening.length) return opening.subarray(0, begun.length).equals(begun);
  return couldBeTrace.test(begun.subarray(0, 40).toString("latin1"));
}
