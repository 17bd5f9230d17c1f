/**
 * On which day the entries of a shard were last used, anywhere in the fleet: a map that merges by the later day, so that
 * nodes may write it in any order and as often as they like. A shard is the first twelve bits of an action.
 *
 * As a value: the shape's number, then ten bytes for each action: its first eight, and the day since 1970.
 */

import { fleetErrors } from "./errors.ts";

/** By the first eight bytes of an action, in hex. */
export type UseDays = ReadonlyMap<string, number>;

export const useShards = 4096;
const shapeVersion = 1;
const prefixBytes = 8;
const recordBytes = prefixBytes + 2;
/** Sixty thousand bytes: as much as the bus takes. Of more actions those used last are told. */
const recordsMax = 6000;

export function useKey(shard: number): string {
  return `u.${shard.toString(16).padStart(3, "0")}`;
}

export function prefixOf(action: Uint8Array): string {
  return action.subarray(0, prefixBytes).toHex();
}

export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / 86_400_000);
}

/** The later day of each action. */
export function mergeDays(a: UseDays, b: UseDays): UseDays {
  const merged = new Map(a);
  for (const [prefix, day] of b) merged.set(prefix, Math.max(day, merged.get(prefix) ?? 0));
  return merged;
}

/** Whether `a` knows of all that `b` does. */
export function coversDays(a: UseDays, b: UseDays): boolean {
  return [...b].every(([prefix, day]) => (a.get(prefix) ?? 0) >= day);
}

export function encodeDays(days: UseDays): Uint8Array {
  const latest = [...days].toSorted(([, a], [, b]) => b - a).slice(0, recordsMax);
  const bytes = Buffer.alloc(1 + latest.length * recordBytes);
  bytes.writeUInt8(shapeVersion);
  for (const [at, [prefix, day]] of latest.entries()) {
    bytes.write(prefix, 1 + at * recordBytes, "hex");
    bytes.writeUInt16BE(Math.min(day, 0xffff), 1 + at * recordBytes + prefixBytes);
  }
  return bytes;
}

/** Throws `fleet/malformed`. */
export function decodeDays(value: Uint8Array): UseDays {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (bytes[0] !== shapeVersion || (bytes.length - 1) % recordBytes !== 0) {
    throw fleetErrors.error("fleet/malformed", `on the bus there are days of use in ${bytes.length} bytes`);
  }
  const days = new Map<string, number>();
  for (let at = 1; at < bytes.length; at += recordBytes) {
    days.set(bytes.toString("hex", at, at + prefixBytes), bytes.readUInt16BE(at + prefixBytes));
  }
  return days;
}
