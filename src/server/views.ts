import type { Store } from "../cache/node/store.ts";
import type { View } from "../cache/node/view.ts";
import { decodeContext } from "../cache/protocol/context-headers.ts";
import { contextHeader } from "../cache/protocol/entry.ts";

/** Contexts remembered. All requests of a run have the same one. */
const viewsMax = 2000;

/** Reads contexts once: a run's requests have headers that are equal byte for byte. */
export function createViews(store: Store): (request: Request) => View {
  const views = new Map<string, View>();
  return ({ headers }) => {
    let key = "";
    for (const name of headerNames) key += `${headers.get(name) ?? ""}\n`;
    const known = views.get(key);
    if (known !== undefined) return known;
    const view = store.view(decodeContext((name) => headers.get(name)));
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
  contextHeader.protocol,
];
