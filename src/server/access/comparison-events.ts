/** Agreement and contradiction between scopes as events: one for each pair of scopes and run in ten seconds, not one for each package. */

import type { Comparison } from "../../cache/node/scope-comparison.ts";
import type { Store } from "../../cache/node/store.ts";
import type { Audit } from "./audit.ts";

const everyMs = 10_000;
const pairsMax = 1000;
/** Actions named in one event. */
const namedMax = 20;

interface Pair {
  readonly first: Comparison;
  count: number;
  readonly actions: string[];
}

/** Ends with what it returns, which writes what waits. */
export function tellComparisons(store: Store, audit: Audit): () => void {
  const pairs = new Map<string, Pair>();

  function flush(): void {
    for (const { first, count, actions } of pairs.values()) {
      audit.record(`ballast.cache.${first.kind}`, {
        "ballast.cache.scope": first.scope,
        "ballast.cache.other_scope": first.other,
        "ballast.cache.count": count,
        "ballast.cache.actions": actions,
        "ballast.cache.by": JSON.stringify(first.provenance),
      });
    }
    pairs.clear();
  }

  store.onComparison((found) => {
    const key = `${found.kind} ${found.scope} ${found.other} ${found.provenance["run"] ?? ""}`;
    const known = pairs.get(key);
    if (known === undefined && pairs.size >= pairsMax) flush();
    const pair = known ?? { first: found, count: 0, actions: [] };
    pair.count += 1;
    if (pair.actions.length < namedMax) pair.actions.push(found.action);
    pairs.set(key, pair);
  });
  const timer = setInterval(flush, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    flush();
  };
}
