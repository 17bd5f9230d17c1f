/**
 * What was taken back since a runner last asked: `GET /v1/removals?node=ID&epoch=N&sinceMs=T`. The answer is a JSON head
 * and bytes behind it, as with a run. A runner keeps `node` and `epoch` for the next time.
 */

import { type AbsenceSet, readAbsenceSet } from "./absence.ts";
import { protocolErrors } from "./errors.ts";
import { joinJson, splitJson } from "./run.ts";

/** Beyond this a set says it in less. */
export const listedRemovalsMax = 2000;

/** Which actions a runner must not serve any more. */
export type RemovalForm =
  /** Their ids, end to end. */
  | "list"
  /** A set that may hold some more: an absence set. */
  | "set"
  /** Everything: too long ago, or too much. */
  | "all";

export interface RemovalHead {
  /** Which index counted the epoch. */
  readonly node: string;
  readonly epoch: number;
  readonly form: RemovalForm;
}

export function encodeRemovals(head: RemovalHead, bytes: Uint8Array): Buffer<ArrayBuffer> {
  return joinJson(head, bytes);
}

export interface ReadRemovals extends RemovalHead {
  /** With the form `list`. */
  readonly actions: readonly Buffer[];
  isRemoved(action: Uint8Array): boolean;
}

/** Throws `protocol/malformed`. */
export function readRemovals(body: Buffer): ReadRemovals {
  const { value, bytes } = splitJson(body);
  const { node, epoch, form } = value;
  if (typeof node !== "string" || node.length > 64 || !Number.isSafeInteger(epoch)) throw malformed("no epoch");
  const head = { node, epoch: epoch as number };
  if (form === "all") return { ...head, form, actions: [], isRemoved: () => true };
  if (form === "set") return { ...head, form, actions: [], isRemoved: inSet(readAbsenceSet(bytes)) };
  if (form !== "list" || bytes.length % 32 !== 0) throw malformed("no list");
  const actions = Array.from({ length: bytes.length / 32 }, (_, at) => bytes.subarray(at * 32, at * 32 + 32));
  const known = new Set(actions.map((action) => action.toString("hex")));
  return { ...head, form, actions, isRemoved: (action) => known.has(Buffer.from(action).toString("hex")) };
}

function inSet(set: AbsenceSet): (action: Uint8Array) => boolean {
  return (action) => set.mayHold(action);
}

function malformed(found: string): Error {
  return protocolErrors.error("protocol/malformed", `the server told removals with ${found}`);
}
