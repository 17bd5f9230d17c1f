/** Actions with everything that any scope holds of them: who wrote which output, who reproduced it, who contradicts it. */

import { isCompiled } from "../state/merge.ts";
import type { TrustLevel } from "../trust/trust-level.ts";
import type { EntryDetailRow, Slot } from "./index/rows.ts";
import type { CandidateSlotRow } from "./index/slot-rows.ts";
import { levelOf } from "./scope-trust.ts";
import { createSlices } from "./slices.ts";
import type { StoreState } from "./store-state.ts";

/** One output of an action in one scope. Ids are hex, times milliseconds since 1970. */
export interface Writing {
  readonly scope: string;
  readonly output: string;
  readonly kind: number;
  readonly sizeBytes: number;
  readonly putMs: number;
  /** False: it is kept beside the entry that lookups find. */
  readonly isCurrent: boolean;
  readonly provenance: Readonly<Record<string, string>>;
  /** As the server proved it; without an access policy, `untrusted` for changes (`pr/…`, `mr/…`) and else `trusted`. */
  readonly trust: TrustLevel;
  /** The trusted job that came to the same output in another scope. */
  readonly reproducedBy: Readonly<Record<string, string>> | undefined;
}

export interface SurveyedAction {
  readonly action: string;
  /** Tells actions of different toolchains and images apart. */
  readonly partition: string;
  readonly writings: readonly Writing[];
  /** Two outputs of a compiled package. */
  readonly isConflict: boolean;
  /** Somebody less trusted wrote it and nobody trusted came to the same; `differs`: somebody trusted came to another. */
  readonly unreproduced: "alone" | "differs" | undefined;
}

export interface SurveyQuery {
  readonly what: "conflicts" | "unreproduced" | "all";
  /** Hex; only this one. */
  readonly action?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface SurveyPage {
  readonly actions: readonly SurveyedAction[];
  /** Where to go on; absent at the end. */
  readonly cursor: string | undefined;
}

const pageRows = 500;
/** Rows looked at in one request at most: about a quarter of a second. */
const rowsMax = 25_000;

export async function survey(state: StoreState, query: SurveyQuery): Promise<SurveyPage> {
  const slices = createSlices();
  const found: SurveyedAction[] = [];
  let after = startOf(query);
  let group: EntryDetailRow[] = [];
  for (let seen = 0; ;) {
    const page = state.rows.entriesAfter(after, pageRows);
    for (const row of page) {
      const [first] = group;
      if (first !== undefined && !isSameAction(first, row)) {
        keep(state, query, group, found);
        const isDone = found.length >= query.limit || seen >= rowsMax || isBeyond(query, row);
        if (isDone) return { actions: found, cursor: isBeyond(query, row) ? undefined : cursorOf(group) };
        group = [];
      }
      if (isBeyond(query, row)) return { actions: found, cursor: undefined };
      group.push(row);
      seen += 1;
    }
    const last = page.at(-1);
    if (last === undefined) break;
    after = last;
    await slices.rest();
    if (state.isClosed) break;
  }
  if (group.length > 0) keep(state, query, group, found);
  return { actions: found, cursor: undefined };
}

function keep(
  state: StoreState,
  { what }: SurveyQuery,
  group: readonly EntryDetailRow[],
  found: SurveyedAction[],
): void {
  const isAlone = group.length === 1 && !state.hasCandidates;
  if (what === "conflicts" && isAlone) return;
  const one = describe(state, group);
  if (what === "conflicts" && !one.isConflict) return;
  if (what === "unreproduced" && one.unreproduced === undefined) return;
  found.push(one);
}

function startOf({ action, after }: SurveyQuery): Slot {
  const match = /^([0-9a-f]{64})\.(\d{1,9})$/.exec(after ?? "");
  if (match !== null) {
    return {
      action: Buffer.from(match[1] as string, "hex"),
      partition: Number(match[2]),
      scope: Number.MAX_SAFE_INTEGER,
    };
  }
  return { action: Buffer.from(action ?? "", "hex"), partition: 0, scope: 0 };
}

function isBeyond({ action }: SurveyQuery, row: EntryDetailRow): boolean {
  return action !== undefined && row.action.toHex() !== action;
}

function isSameAction(a: EntryDetailRow, b: EntryDetailRow): boolean {
  return a.partition === b.partition && Buffer.from(a.action).equals(b.action);
}

function cursorOf(group: readonly EntryDetailRow[]): string | undefined {
  const [first] = group;
  return first === undefined ? undefined : `${first.action.toHex()}.${first.partition}`;
}

type Written = Omit<Writing, "reproducedBy">;

function describe(state: StoreState, group: readonly EntryDetailRow[]): SurveyedAction {
  const [first] = group as [EntryDetailRow];
  const written = group.flatMap((row) => [
    writtenBy(state, row, row.scope, true),
    ...(state.hasCandidates ? state.rows.candidatesOf(row) : []).map((other) =>
      writtenBy(state, other, row.scope, false),
    ),
  ]);
  const compiled = new Set(written.filter(({ kind }) => isCompiled(kind)).map(({ output }) => output));
  const writings = written.map((one): Writing => ({ ...one, reproducedBy: reproducerOf(one, written) }));
  return {
    action: first.action.toHex(),
    partition: state.partitions.text(first.partition),
    writings,
    isConflict: compiled.size > 1,
    unreproduced: unreproducedOf(writings),
  };
}

function reproducerOf(one: Written, all: readonly Written[]): Writing["reproducedBy"] {
  if (one.trust === "trusted") return undefined;
  return all.find(({ trust, output, scope }) => trust === "trusted" && output === one.output && scope !== one.scope)
    ?.provenance;
}

/** Only what is a compiled package should be the same each time: a test's result is not. */
function unreproducedOf(writings: readonly Writing[]): SurveyedAction["unreproduced"] {
  const open = writings.filter(({ trust, reproducedBy, kind }) => {
    return trust !== "trusted" && reproducedBy === undefined && isCompiled(kind);
  });
  if (open.length === 0) return undefined;
  return writings.some(({ trust, kind }) => trust === "trusted" && isCompiled(kind)) ? "differs" : "alone";
}

function writtenBy(
  state: StoreState,
  row: Omit<CandidateSlotRow, keyof Slot>,
  scope: number,
  isCurrent: boolean,
): Written {
  const json = state.provenances.text(row.provenance);
  const name = state.scopes.text(scope);
  return {
    scope: name,
    output: row.outputHash.toHex(),
    kind: row.kind,
    sizeBytes: row.sizeBytes,
    putMs: row.put_ms,
    isCurrent,
    provenance: json === "" ? {} : (JSON.parse(json) as Record<string, string>),
    trust: levelOf(json) ?? (/(^|\/\/)(pr|mr)\//.test(name) ? "untrusted" : "trusted"),
  };
}
