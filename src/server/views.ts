import type { Store } from "../cache/node/store.ts";
import type { View } from "../cache/node/view.ts";
import { decodeContext } from "../cache/protocol/context-headers.ts";
import { contextHeader } from "../cache/protocol/entry.ts";
import { versionHeader } from "../cache/protocol/version.ts";
import { provenanceOf } from "../cache/trust/provenance.ts";
import type { AccessControl } from "./access/access-control.ts";

/** Contexts remembered. All requests of a run have the same one. */
const viewsMax = 2000;

export interface ViewOptions {
  readonly store: Store;
  /** Where there is an access policy that is in force. */
  readonly control: AccessControl | undefined;
  /** The node's name, for provenance. */
  readonly node: string | undefined;
}

/**
 * Reads contexts once: a run's requests have headers that are equal byte for byte. Under a policy a view is its caller's
 * alone. Throws `protocol/malformed`, `server/scope-refused`.
 */
export function createViews({ store, control, node }: ViewOptions): (request: Request) => View {
  const views = new Map<string, View>();

  function viewOf(headers: Headers): View {
    const context = decodeContext((name) => headers.get(name));
    if (control === undefined) return store.view({ ...context, provenance: provenanceOf(context, node, undefined) });
    const entrant = control.entrants.known(headers);
    const claimed = control.claim(entrant, context);
    const provenance = provenanceOf(claimed.context, node, claimed.prover);
    const view = store.view({ ...claimed.context, provenance }, claimed.reads);
    control.own(view, entrant, claimed.mayWrite);
    return view;
  }

  return ({ headers }) => {
    let key = control === undefined ? "" : `${control.entrants.known(headers).id}\n`;
    for (const name of headerNames) key += `${headers.get(name) ?? ""}\n`;
    const known = views.get(key);
    if (known !== undefined) return known;
    const view = viewOf(headers);
    if (views.size >= viewsMax) views.delete(views.keys().next().value as string);
    views.set(key, view);
    return view;
  };
}

const headerNames = [
  contextHeader.scope,
  contextHeader.toolchain,
  contextHeader.image,
  contextHeader.ancestors,
  contextHeader.provenance,
  versionHeader,
];
