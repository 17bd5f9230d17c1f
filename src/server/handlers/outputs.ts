import { missAnswer } from "../answers.ts";
import { bodyAnswer } from "./bodies.ts";
import type { Handler } from "./handler.ts";
import { parseId } from "./ids.ts";

/** `GET /v1/outputs/ID`: a body by its hash. Who knows the hash of a body may read it, whatever its scope. */
export const getOutput: Handler = (service, request, id) => {
  const row = service.store.findOutput(parseId(id));
  return row === undefined ? missAnswer() : bodyAnswer(service, request, row, { etag: `"${id}"` });
};
