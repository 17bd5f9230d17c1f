/**
 * The fields of a protobuf message, as far as reading a few known messages needs it: no schema, no packages.
 * Wire types 0, 1, 2 and 5 are understood; groups (3, 4) have not been written by any compiler for years and are refused.
 */

import { bazelErrors } from "./errors.ts";

/** One field. `bytes` is a view of the message for wire type 2, `value` a number for wire type 0. */
export interface MessageField {
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
  readonly value: number | undefined;
}

/** A message with more fields costs more than any that a build tool writes. */
const fieldsMax = 1_000_000;

/** Calls `take` for each field, in the order of the bytes. Throws `bazel/message-malformed`. */
export function readFields(message: Uint8Array, take: (field: MessageField) => void): void {
  const cursor = { message, at: 0 };
  for (let count = 0; cursor.at < message.length; count++) {
    if (count >= fieldsMax) throw malformed(`more than ${fieldsMax} fields`);
    const tag = readVarint(cursor);
    const number = Math.floor(tag / 8);
    if (number < 1 || number > 0x1fff_ffff) throw malformed(`a field with the number ${number}`);
    take(readField(cursor, number, tag % 8));
  }
}

interface Cursor {
  readonly message: Uint8Array;
  at: number;
}

function readField(cursor: Cursor, number: number, wireType: number): MessageField {
  switch (wireType) {
    case 0:
      return { number, bytes: undefined, value: readVarint(cursor) };
    case 1:
      return { number, bytes: takeBytes(cursor, 8), value: undefined };
    case 2:
      return { number, bytes: takeBytes(cursor, readVarint(cursor)), value: undefined };
    case 5:
      return { number, bytes: takeBytes(cursor, 4), value: undefined };
    default:
      throw malformed(`a field of wire type ${wireType}`);
  }
}

function takeBytes(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.message.length) throw malformed("a field that ends behind its message");
  const bytes = cursor.message.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}

/** At most ten bytes. Values beyond 2^53 lose their lowest bits: no size or length that is valid is that large. */
function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let place = 0; place < 10; place++) {
    const byte = cursor.message[cursor.at];
    if (byte === undefined) throw malformed("a number that ends behind its message");
    cursor.at += 1;
    value += (byte & 0x7f) * 2 ** (7 * place);
    if (byte < 0x80) return value;
  }
  throw malformed("a number of more than ten bytes");
}

function malformed(found: string): Error {
  return bazelErrors.error("bazel/message-malformed", found);
}
