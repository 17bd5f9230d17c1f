import { serverErrors } from "../errors.ts";

const hex64 = /^[0-9a-f]{64}$/;

/** An id from its 64 hex digits. Throws `server/request-malformed`. */
export function parseId(text: string | null): Buffer {
  if (text === null || !hex64.test(text)) {
    throw serverErrors.error("server/request-malformed", "an id that is not 64 lower-case hex digits");
  }
  return Buffer.from(text, "hex");
}
