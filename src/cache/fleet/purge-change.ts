/** A purge as it travels, as JSON. */

import type { Purge, PurgeMatch } from "../state/purge.ts";
import { busObject, fieldNumber, fieldText, hexText } from "./bus-json.ts";
import { fleetErrors } from "./errors.ts";

const shapeVersion = 1;
const valueBytesMax = 16 * 1024;
const textLengthMax = 1000;
const fieldsMax = 16;
const versionMax = 2 ** 50;

export function encodePurge({ version, source, match, ...rest }: Purge): Uint8Array {
  return Buffer.from(JSON.stringify({ v: shapeVersion, stamp: [version, source], ...rest, match }));
}

/** Throws `fleet/malformed`. */
export function decodePurge(value: Uint8Array): Purge {
  const fields = busObject(value, valueBytesMax, shapeVersion);
  const stamp: readonly unknown[] = Array.isArray(fields["stamp"]) ? fields["stamp"] : [];
  return {
    id: hexText(fields["id"], 32),
    version: fieldNumber(stamp[0], versionMax),
    source: fieldText(stamp[1], 1, textLengthMax),
    createdMs: fieldNumber(fields["createdMs"], Number.MAX_SAFE_INTEGER),
    expiresMs: fieldNumber(fields["expiresMs"], Number.MAX_SAFE_INTEGER),
    by: fieldText(fields["by"], 0, 4096),
    keepsOut: fields["keepsOut"] === true,
    match: readMatch(fields["match"]),
  };
}

const readers = {
  scope: (value: unknown) => fieldText(value, 1, textLengthMax),
  kind: (value: unknown) => fieldNumber(value, 255),
  output: (value: unknown) => hexText(value, 64),
  sinceMs: (value: unknown) => fieldNumber(value, Number.MAX_SAFE_INTEGER),
  provenance: readFields,
};

/** Strict: a field that is not understood would make the purge wider than it was meant. */
function readMatch(value: unknown): PurgeMatch {
  const match: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(objectOf(value))) {
    if (!Object.hasOwn(readers, name)) throw malformed(`a purge by ${JSON.stringify(name)}`);
    match[name] = readers[name as keyof typeof readers](field);
  }
  return match;
}

function readFields(value: unknown): Record<string, string> {
  const fields = Object.entries(objectOf(value));
  if (fields.length > fieldsMax) throw malformed(`a purge by ${fields.length} fields`);
  return Object.fromEntries(fields.map(([name, field]) => [name, fieldText(field, 0, textLengthMax)]));
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw malformed("a purge that says nothing");
}

function malformed(found: string): Error {
  return fleetErrors.error("fleet/malformed", `on the bus there is ${found}`);
}
