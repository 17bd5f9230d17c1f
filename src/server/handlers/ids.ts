import { serverErrors } from "../errors.ts";

/** An id from its 64 hex digits. Throws `server/request-malformed`. */
export function parseId(text: string | null): Uint8Array {
  // Of those of the right length, what is no hex digit makes `fromHex` throw. A Buffer would take four times as long.
  if (text?.length !== 64) throw malformed();
  try {
    return Uint8Array.fromHex(text);
  } catch {
    throw malformed();
  }
}

function malformed(): Error {
  return serverErrors.error("server/request-malformed", "an id that is not 64 hex digits");
}
