/** Looks at processes through /proc: a go command's helper, whether it lives, what memory it takes. */

import { readdirSync, readFileSync } from "node:fs";

/** The helper among the children of a go command that runs. */
export async function helperOf(goPid: number): Promise<number> {
  while (isAlive(goPid)) {
    const found = processIds().find((pid) => parentOf(pid) === goPid && commandOf(pid).includes("cacheprog"));
    if (found !== undefined) return found;
    await Bun.sleep(5);
  }
  throw new Error("go ended before it had a helper");
}

function isAlive(pid: number): boolean {
  return /\) [^Z]/.test(readText(`/proc/${pid}/stat`));
}

export async function endsWithin(pid: number, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (isAlive(pid) && performance.now() < endMs) await Bun.sleep(10);
  return !isAlive(pid);
}

/** The most memory that a process has had so far; 0 once it is gone. */
export function peakBytes(pid: number): number {
  return kilobytes(readText(`/proc/${pid}/status`), "VmHWM") * 1024;
}

/** The memory of these processes now, where what several of them share counts once. */
export function sharedOutBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + kilobytes(readText(`/proc/${pid}/smaps_rollup`), "Pss") * 1024, 0);
}

/** A process, its children, theirs, and so on. */
export function familyOf(pids: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const pid of processIds()) {
    const parent = parentOf(pid);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = [...pids];
  for (let at = 0; at < found.length; at++) found.push(...(children.get(found[at] as number) ?? []));
  return found;
}

function processIds(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number {
  return Number(/\) \S (\d+)/.exec(readText(`/proc/${pid}/stat`))?.[1]);
}

function commandOf(pid: number): string {
  return readText(`/proc/${pid}/cmdline`);
}

function kilobytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // ended meanwhile
  }
}
