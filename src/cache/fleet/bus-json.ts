/** Reading JSON from the bus, with a limit on everything. All functions throw `fleet/malformed`. */

import { fleetErrors } from "./errors.ts";

export function busObject(value: Uint8Array, bytesMax: number, shapeVersion: number): Record<string, unknown> {
  if (value.length > bytesMax) throw malformed(`a value of ${value.length} bytes`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString("utf8"));
  } catch (cause) {
    throw malformed("a value that is not JSON", cause);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw malformed("a value that is no object");
  }
  const fields = parsed as Record<string, unknown>;
  if (fields["v"] !== shapeVersion) throw malformed(`a value of shape ${String(fields["v"])}, not ${shapeVersion}`);
  return fields;
}

export function hexText(value: unknown, length: number): string {
  if (typeof value === "string" && value.length === length && /^[0-9a-f]*$/.test(value)) return value;
  throw malformed(`something where ${length} hex digits should be`);
}

export function fieldText(value: unknown, lengthMin: number, lengthMax: number): string {
  if (typeof value === "string" && value.length >= lengthMin && value.length <= lengthMax) return value;
  throw malformed(`something where a text of ${lengthMin} to ${lengthMax} characters should be`);
}

export function fieldNumber(value: unknown, max: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
  throw malformed(`something where a whole number up to ${max} should be`);
}

function malformed(found: string, cause?: unknown): Error {
  return fleetErrors.error("fleet/malformed", `on the bus there is ${found}`, { cause });
}
