import type { RequestContext } from "../protocol/entry.ts";
import { readTrustLevel } from "../trust/trust-level.ts";
import type { StoreState } from "./store-state.ts";

/** A request's context in the index's numbers. A scope or partition without entries is 0, which matches nothing. */
export interface View {
  readonly context: RequestContext;
  /** Scopes that are read, most trusted first: the ancestors, then its own. */
  readonly scopes: readonly number[];
  /** Their names, and those of scopes that hold nothing yet or are not trusted enough. */
  readonly reads: readonly string[];
  /** The two partitions, by `partition` of the protocol. */
  readonly partitions: readonly [number, number];
  /** What is read, as a short text: equal for views that read the same. */
  readonly readKey: string;
  /** The keys of the two partitions in the index. */
  readonly partitionKeys: readonly [string, string];
  readonly provenanceJson: string;
}

interface Resolved {
  readonly scopes: readonly number[];
  readonly partitions: readonly [number, number];
  readonly readKey: string;
  readonly epoch: number;
}

/**
 * Resolves lazily, and again after new scopes or partitions were numbered. `reads` are the scopes that may be read, most
 * trusted first; without it the ancestors and its own.
 */
export function createView(state: StoreState, context: RequestContext, reads?: readonly string[]): View {
  const claimed = [...context.ancestors.filter((name) => name !== context.scope), context.scope];
  const names = [...new Set(reads ?? claimed)];
  const partitionKeys = [
    digest(`toolchain ${context.toolchain}`),
    digest(`toolchain ${context.toolchain} image ${context.image}`),
  ] as const;
  const trust = readTrustLevel(context.provenance["trust"]);
  let resolved: Resolved | undefined;

  function resolve(): Resolved {
    const epoch = state.scopes.epoch + state.partitions.epoch + state.scopeTrust.epoch;
    if (resolved?.epoch === epoch) return resolved;
    const named = names.map((name) => state.scopes.find(name));
    const scopes = state.scopeTrust.readable(named, trust);
    const partitions = [state.partitions.find(partitionKeys[0]), state.partitions.find(partitionKeys[1])] as const;
    resolved = { scopes, partitions: [...partitions], readKey: `${scopes.join()}/${partitions.join()} `, epoch };
    return resolved;
  }

  return {
    context,
    reads: names,
    get scopes() {
      return resolve().scopes;
    },
    get partitions() {
      return resolve().partitions;
    },
    get readKey() {
      return resolve().readKey;
    },
    partitionKeys,
    provenanceJson: JSON.stringify(context.provenance),
  };
}

function digest(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
