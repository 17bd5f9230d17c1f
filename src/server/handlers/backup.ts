import { serverErrors } from "../errors.ts";
import type { Handler } from "./handler.ts";

/** `GET /v1/backup`: the node's files as a tar archive, of the moment at which it was asked. */
export const backup: Handler = async ({ store }, _request, _id, access) => {
  if (access !== "read-write") throw serverErrors.error("server/read-only", "a backup holds what all scopes hold");
  const pieces = store.backup();
  // The first piece comes when the copy is made: until then it can fail with a code.
  const first = await pieces.next();
  let isFirst = true;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const step = isFirst ? first : await pieces.next();
      isFirst = false;
      if (step.done === true) controller.close();
      else controller.enqueue(step.value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
  return new Response(body, { headers: { "content-type": "application/x-tar", "cache-control": "no-store" } });
};
