import type { Store } from "../../cache/node/store.ts";
import type { View } from "../../cache/node/view.ts";
import type { Logger } from "../../core/logger.ts";
import type { ServerMetrics } from "../metrics.ts";
import type { Access } from "../tokens.ts";

/** What handlers work with. */
export interface Service {
  readonly store: Store;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
  /** For bodies between file and answer; never used over an `await`. A fresh buffer costs three times the read. */
  readonly scratch: Buffer;
  /** The program's own version. */
  readonly version: string;
  /** The view of a request's context headers. Throws `protocol/malformed`. */
  viewOf(request: Request): View;
}

/** `id` is what follows the last slash of the path, where the path has such a part. */
export type Handler = (service: Service, request: Request, id: string, access: Access) => Response | Promise<Response>;
