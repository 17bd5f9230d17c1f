import { serverErrors } from "../errors.ts";

/** An id from its 64 hex digits. Throws `server/request-malformed`. */
export function parseId(text: string | null): Buffer {
  // Decoding ends at the first character that is no hex digit: cheaper than a regular expression, and as strict.
  const id = text?.length === 64 ? Buffer.from(text, "hex") : undefined;
  if (id?.length !== 32) throw serverErrors.error("server/request-malformed", "an id that is not 64 hex digits");
  return id;
}
