/**
 * The processes that a bench's go commands started, found by a mark in their environment: a helper, or an agent that
 * left its parent, is found as well. Linux only.
 */

import { readdirSync, readFileSync } from "node:fs";

/** The variable that marks them. */
export const markVariable = "BALLASTBENCH_RUN";

export interface OwnProcess {
  readonly pid: number;
  readonly words: readonly string[];
}

/** Every living process with `mark`. */
export class ProcessFinder {
  readonly #text: string;
  /** How often a process was seen without the mark. Between fork and exec it has its parent's environment. */
  readonly #others = new Map<number, number>();

  constructor(mark: string) {
    this.#text = `\0${markVariable}=${mark}\0`;
  }

  find(): OwnProcess[] {
    const pids = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
    const living = new Set(pids);
    for (const pid of this.#others.keys()) if (!living.has(pid)) this.#others.delete(pid);
    return pids.map((pid) => this.#look(pid)).filter((one) => one !== undefined);
  }

  #look(pid: number): OwnProcess | undefined {
    const timesSeen = this.#others.get(pid) ?? 0;
    if (timesSeen >= 2) return undefined;
    const found = this.#read(pid);
    if (found === undefined) this.#others.set(pid, timesSeen + 1);
    return found;
  }

  #read(pid: number): OwnProcess | undefined {
    try {
      if (!`\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(this.#text)) return undefined;
      return { pid, words: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1) };
    } catch {
      return undefined; // it has ended, or is somebody else's
    }
  }
}

/** A process's memory in bytes: its share of what it has (PSS), and the most that was resident so far (VmHWM). */
export function memoryOf(pid: number): { readonly pssBytes: number; readonly peakRssBytes: number } | undefined {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return { pssBytes: kilobytes(rollup, "Pss"), peakRssBytes: kilobytes(status, "VmHWM") };
  } catch {
    return undefined; // it has ended
  }
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
}

/** The processor time of a process and its threads since its start; `undefined`: it has ended. */
export function processorMsOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
    // utime and stime are the 14th and 15th field; a tick is 10 ms on every Linux that Bun runs on.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

export async function isGoneWithin(isGone: () => boolean, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (!isGone()) {
    if (performance.now() > endMs) return false;
    await Bun.sleep(10);
  }
  return true;
}
