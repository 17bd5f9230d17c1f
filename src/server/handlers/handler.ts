import type { ModuleCache } from "../../cache/modules/module-cache.ts";
import type { Store } from "../../cache/node/store.ts";
import type { View } from "../../cache/node/view.ts";
import type { Logger } from "../../core/logger.ts";
import type { AccessControl } from "../access/access-control.ts";
import type { Audit } from "../access/audit.ts";
import type { IdleCollection } from "../idle-collection.ts";
import type { ServerMetrics } from "../metrics.ts";
import type { BodySupply } from "../remote-bodies.ts";
import type { Access } from "../tokens.ts";

/** What handlers work with. */
export interface Service {
  readonly store: Store;
  /** Bodies that are not on this disk; absent where the node is alone. */
  readonly bodies?: BodySupply | undefined;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
  /** For bodies between file and answer; never used over an `await`. A fresh buffer costs three times the read. */
  readonly scratch: Buffer;
  /** Told of each stream of entries. */
  readonly collection: IdleCollection;
  /** The program's own version. */
  readonly version: string;
  /** The view of a request's context headers. Throws `protocol/malformed`, `server/scope-refused`. */
  viewOf(request: Request): View;
  /** Absent without an access policy. */
  readonly control: AccessControl | undefined;
  /** Go modules, and the store in which they are; absent where the node serves none. */
  readonly modules: { readonly cache: ModuleCache; readonly store: Store } | undefined;
  /** For what operators change. */
  readonly audit: Audit | undefined;
}

/** `id` is what follows the last slash of the path, where the path has such a part. */
export type Handler = (service: Service, request: Request, id: string, access: Access) => Response | Promise<Response>;
