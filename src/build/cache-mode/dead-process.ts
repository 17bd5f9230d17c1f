/** Whether a process that left its name behind has ended, as far as this machine can tell. */

import { readlinkSync } from "node:fs";
import { textIfReadable } from "../../core/file-text.ts";

/** A process, told from others that had or will have its number, and from those of other containers. */
export interface ProcessName {
  readonly pid: number;
  /** In clock ticks since the machine started; empty where there is no /proc. */
  readonly started: string;
  /** The namespace of process numbers and the machine's start; empty likewise. */
  readonly world: string;
}

export function nameProcess(pid: number): ProcessName {
  return { pid, started: startOf(pid), world: world() };
}

/** `false` also where it cannot be told: another container's process, or no /proc. */
export function isCertainlyDead({ pid, started, world: itsWorld }: ProcessName): boolean {
  if (itsWorld === "" || itsWorld !== world()) return false;
  return startOf(pid) !== started;
}

function world(): string {
  const boot = (textIfReadable("/proc/sys/kernel/random/boot_id") ?? "").trim();
  const namespace = readLink("/proc/self/ns/pid");
  return boot === "" || namespace === "" ? "" : `${boot} ${namespace}`;
}

/** Field 22 of `stat`; the program's name before it may hold blanks and parentheses. A zombie has ended. */
function startOf(pid: number): string {
  const text = textIfReadable(`/proc/${pid}/stat`) ?? "";
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "" : (fields[19] ?? "");
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
