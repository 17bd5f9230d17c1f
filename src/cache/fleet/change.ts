/**
 * A slot's state as it travels, as JSON. Everything is checked on the way in: the bus may be written to by others.
 * Provenance travels with each candidate, since a value must be whole; the bus compresses what repeats.
 */

import { bestOf } from "../state/merge.ts";
import { type Candidate, compiledCandidatesMax, type SlotChange } from "../state/slot-state.ts";
import type { Stamp } from "../state/stamp.ts";
import { limits } from "../protocol/limits.ts";
import { fleetErrors } from "./errors.ts";
import { busObject, fieldNumber, fieldText, hexText } from "./bus-json.ts";

/** Raised when the shape changes; a value with a higher number is skipped. */
const shapeVersion = 1;

/** Largest value of a slot: five candidates, each with the longest provenance. */
export const slotValueBytesMax = 32 * 1024;

const sourceLengthMax = 200;
const versionMax = 2 ** 50;

export function encodeSlot({ key, state }: SlotChange): Uint8Array {
  const { era, candidates } = state;
  return Buffer.from(
    JSON.stringify({
      v: shapeVersion,
      action: Buffer.from(key.action).toString("hex"),
      partition: key.partition,
      scope: key.scope,
      ...(era.version === 0 ? {} : { era: [era.version, era.source] }),
      candidates: candidates.map(encodeCandidate),
    }),
  );
}

function encodeCandidate(one: Candidate): unknown[] {
  const { version, source, output, sizeBytes, kind, timeNs, putMs, costMs, provenance } = one;
  return [version, source, output, sizeBytes, kind, String(timeNs), putMs, costMs, provenance];
}

/** Throws `fleet/malformed`. */
export function decodeSlot(value: Uint8Array): SlotChange {
  const fields = busObject(value, slotValueBytesMax, shapeVersion);
  const candidates = readCandidates(fields["candidates"]);
  return {
    key: {
      action: Buffer.from(hexText(fields["action"], 64), "hex"),
      partition: hexText(fields["partition"], 64),
      scope: fieldText(fields["scope"], 1, limits.scopeLength),
    },
    state: {
      era: fields["era"] === undefined ? { version: 0, source: "" } : readStamp(fields["era"]),
      candidates: bestOf(candidates),
    },
  };
}

function readCandidates(value: unknown): Candidate[] {
  if (!Array.isArray(value) || value.length > compiledCandidatesMax + 1) throw malformed("a slot without candidates");
  return value.map(readCandidate);
}

function readCandidate(value: unknown): Candidate {
  if (!Array.isArray(value) || value.length !== 9) throw malformed("a candidate with other fields than nine");
  const fields: readonly unknown[] = value;
  return {
    ...readStamp(fields),
    output: hexText(fields[2], 64),
    sizeBytes: fieldNumber(fields[3], limits.bodySizeBytes),
    kind: fieldNumber(fields[4], 255),
    timeNs: readTime(fields[5]),
    putMs: fieldNumber(fields[6], Number.MAX_SAFE_INTEGER),
    costMs: fieldNumber(fields[7], 0xffffffff),
    provenance: readProvenance(fields[8]),
  };
}

/** The first two of a list. */
function readStamp(value: unknown): Stamp {
  if (!Array.isArray(value)) throw malformed("a stamp that is no list");
  const [version, source] = value as readonly unknown[];
  return { version: fieldNumber(version, versionMax), source: fieldText(source, 1, sourceLengthMax) };
}

function readTime(value: unknown): bigint {
  const text = fieldText(value, 1, 19);
  if (!/^\d+$/.test(text)) throw malformed("a time that is no count of nanoseconds");
  return BigInt(text);
}

function readProvenance(value: unknown): string {
  const text = fieldText(value, 0, limits.provenanceLength);
  if (text === "" || isStringsJson(text)) return text;
  throw malformed("a provenance that is no object of strings");
}

function isStringsJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    return Object.values(value).every((field) => typeof field === "string");
  } catch {
    // SyntaxError: the only failure that JSON.parse has.
    return false;
  }
}

function malformed(found: string): Error {
  return fleetErrors.error("fleet/malformed", `on the bus there is ${found}`);
}
