/**
 * An access policy at work: whose request it is, which paths it may use, which scopes of its claim it gets, and what it may
 * store. All that handlers do with entries goes through views and a store that are guarded here, so a handler cannot forget it.
 */

import { nodeErrors } from "../../cache/node/errors.ts";
import type { OutputRow, Store } from "../../cache/node/store.ts";
import type { View } from "../../cache/node/view.ts";
import { codec, type RequestContext } from "../../cache/protocol/entry.ts";
import { claimScopes, type Grant, readsStored } from "../../cache/trust/grant.ts";
import type { Prover } from "../../cache/trust/provenance.ts";
import { createQuotas } from "../../cache/trust/quotas.ts";
import type { Clock } from "../../core/clock.ts";
import { serverErrors } from "../errors.ts";
import type { Access } from "../tokens.ts";
import type { Entrant, Entrants } from "./entrants.ts";
import { accessErrors } from "./errors.ts";

/** What a route says of itself. */
export interface Guarded {
  readonly name: string;
  /** Methods for everybody whom the policy grants something; all others are for operators. */
  readonly open?: readonly string[];
}

/** What a request gets of the scopes that it claims. */
export interface Claimed {
  readonly context: RequestContext;
  readonly reads: readonly string[];
  readonly mayWrite: boolean;
  readonly prover: Prover;
}

export interface AccessControl {
  readonly entrants: Entrants;
  /** What an entrant may do on a route. Throws `server/access-refused`, `server/operators-only`, `server/quota-exceeded`, … */
  permit(entrant: Entrant, route: Guarded, request: Request): Access;
  /** Throws `server/scope-refused`. */
  claim(entrant: Entrant, context: RequestContext): Claimed;
  /** Remembers whose view it is, for what is stored by it. */
  own(view: View, entrant: Entrant, mayWrite: boolean): void;
  /** Before a body is read that could not be stored. Throws `server/scope-refused`. */
  requireWritable(view: View): void;
  /** The store as handlers see it: it takes only what a view's owner may write. */
  guard(store: Store): Store;
  /** Whether the output is named by an entry that the caller may read. */
  mayReadOutput(store: Store, headers: Headers, row: OutputRow): boolean;
}

interface Owner {
  readonly grant: Grant;
  readonly mayWrite: boolean;
}

export function createAccessControl(entrants: Entrants, clock: Clock): AccessControl {
  const quotas = createQuotas();
  const owners = new WeakMap<View, Owner>();

  function charge({ quota }: Grant, bytes: number, entries: number, requests: number): void {
    const broken = quota && quotas.charge(quota, { bytes, entries, requests }, clock.nowMs());
    if (broken === undefined) return;
    throw accessErrors.error("server/quota-exceeded", `the limit of ${broken} of rule ${quota?.key ?? ""}`);
  }

  function requireWritable(view: View): Grant {
    const owner = owners.get(view);
    if (owner?.mayWrite === true) return owner.grant;
    throw accessErrors.error("server/scope-refused", `writing ${view.context.scope} is not granted`);
  }

  function requireWrite(view: View, bytes: number): Grant {
    const grant = requireWritable(view);
    charge(grant, bytes, 1, 0);
    return grant;
  }

  return {
    entrants,
    permit(entrant, route, request) {
      const grant = requireGrant(entrant);
      charge(grant, 0, 0, 1);
      return accessTo(entrant, grant, route, request);
    },
    claim: claimFor,
    own: (view, entrant, mayWrite) => void owners.set(view, { grant: requireGrant(entrant), mayWrite }),
    requireWritable,
    guard: (store) => guardStore(store, requireWrite),
    mayReadOutput(store, headers, row) {
      const { grant } = entrants.known(headers).decision;
      if (grant === undefined) return false;
      return grant.operates !== "nothing" || readsOutput(store, grant, row);
    },
  };
}

function accessTo(entrant: Entrant, grant: Grant, route: Guarded, { method, headers }: Request): Access {
  if (entrant.isForExchange && route.name !== "session") {
    throw accessErrors.error("server/exchange-needed", `tokens of ${entrant.issuer?.name ?? ""}`);
  }
  if (entrant.caller.kind === "anonymous" && headers.has("origin")) {
    throw serverErrors.error("server/foreign-page", "the request has an Origin");
  }
  if (route.open?.includes(method) === true) return grant.writes.length > 0 ? "read-write" : "read-only";
  const isLook = method === "GET" || method === "HEAD";
  if (grant.operates === "nothing" || (grant.operates === "look" && !isLook)) {
    throw accessErrors.error("server/operators-only", `${method} on ${route.name} by rule ${grant.rule}`);
  }
  return grant.operates === "change" ? "read-write" : "read-only";
}

function claimFor(entrant: Entrant, context: RequestContext): Claimed {
  const grant = requireGrant(entrant);
  const claimed = claimScopes(grant, context.scope, context.ancestors);
  if (typeof claimed === "string") throw accessErrors.error("server/scope-refused", claimed);
  const { scope, reads, mayWrite } = claimed;
  const ancestors = reads.filter((name) => name !== scope);
  return { context: { ...context, scope, ancestors }, reads, mayWrite, prover: { caller: entrant.caller, grant } };
}

function guardStore(store: Store, requireWrite: (view: View, bytes: number) => Grant): Store {
  return {
    ...store,
    async put(view, entry) {
      const grant = requireWrite(view, entry.body.length);
      if (entry.codec === codec.absent) requireReadable(store, grant, entry.output);
      return store.put(view, entry);
    },
    receive(view, head, encoding) {
      requireWrite(view, head.sizeBytes);
      return store.receive(view, head, encoding);
    },
    manifests: {
      ...store.manifests,
      keep(view, job, actions, gain) {
        requireWrite(view, actions?.length ?? 0);
        store.manifests.keep(view, job, actions, gain);
      },
    },
  };
}

/** Who knows a body's hash does not own the body: a link to what it may not read would make it readable. */
function requireReadable(store: Store, grant: Grant, output: Uint8Array): void {
  const row = store.findOutput(output);
  if (row !== undefined && readsOutput(store, grant, row)) return;
  throw nodeErrors.error("node/output-unknown", "a link to an output that the caller may not read");
}

function readsOutput(store: Store, grant: Grant, row: OutputRow): boolean {
  return store.scopesOf(row).some((scope) => readsStored(grant, scope));
}

function requireGrant({ decision }: Entrant): Grant {
  if (decision.grant !== undefined) return decision.grant;
  throw accessErrors.error("server/access-refused", decision.refusal ?? "nothing is granted");
}
