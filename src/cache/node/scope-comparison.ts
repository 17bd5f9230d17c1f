/** What a new entry says of those that other scopes hold for the same action: the same output again, or another one. */

import type { EntryHead } from "../protocol/entry.ts";
import { isCompiled } from "../state/merge.ts";
import type { OutputRow } from "./index/rows.ts";
import { levelOf } from "./scope-trust.ts";
import type { SlotWrite } from "./slot-states.ts";
import type { StoreState } from "./store-state.ts";
import type { View } from "./view.ts";

/** Somebody came to the same, or to another output than a scope holds. */
export interface Comparison {
  readonly kind: "reproduced" | "conflict";
  /** Hex. */
  readonly action: string;
  readonly output: string;
  /** The scope that held an entry already. */
  readonly other: string;
  readonly scope: string;
  readonly provenance: Readonly<Record<string, string>>;
}

/** After a commit that stored an entry in a slot that was empty. Only compiled packages are compared. */
export function compareScopes(state: StoreState, view: View, head: EntryHead, row: OutputRow): void {
  if (!isCompiled(row.kind)) return;
  const partition = state.partitions.find(view.partitionKeys[head.partition]);
  const own = state.scopes.find(view.context.scope);
  for (const hit of state.rows.holders(head.action, partition)) {
    if (hit.scope === own) continue;
    const isSame = hit.output === row.id;
    if (isSame && levelOf(view.provenanceJson) !== "trusted") continue;
    if (isSame) state.counts.reproduced += 1;
    else state.counts.scopeConflicts += 1;
    const kind = isSame ? "reproduced" : "conflict";
    tell(
      state,
      { kind, action: head.action.toHex(), output: head.output.toHex(), other: state.scopes.text(hit.scope) },
      view,
    );
  }
}

/** A second output in one slot. */
export function tellConflict(state: StoreState, view: View, head: EntryHead): void {
  const { scope } = view.context;
  tell(state, { kind: "conflict", action: head.action.toHex(), output: head.output.toHex(), other: scope }, view);
}

/** Two nodes took contradicting packages at the same time. Told by the node whose own the other one contradicts. */
export function tellHeardConflict(state: StoreState, { slot, before, after }: SlotWrite): void {
  if (!before.candidates.some(({ kind, source }) => isCompiled(kind) && isOwn(state, source))) return;
  const known = new Set(before.candidates.map(({ output }) => output));
  const scope = state.scopes.text(slot.scope);
  for (const { kind, output, provenance } of after.candidates) {
    if (!isCompiled(kind) || known.has(output)) continue;
    state.counts.conflicts += 1;
    const fields = JSON.parse(provenance === "" ? "{}" : provenance) as Record<string, string>;
    const found = { kind: "conflict", action: slot.action.toHex(), output, other: scope, scope } as const;
    for (const listen of state.onComparison) listen({ ...found, provenance: fields });
  }
}

/** Whether a source is this node, in this incarnation or an earlier one. */
function isOwn({ sourceName }: StoreState, source: string): boolean {
  const nameOf = (text: string): string => text.slice(0, text.lastIndexOf(" "));
  return nameOf(source) === nameOf(sourceName);
}

function tell(state: StoreState, found: Omit<Comparison, "scope" | "provenance">, { context }: View): void {
  for (const listen of state.onComparison) listen({ ...found, scope: context.scope, provenance: context.provenance });
}
