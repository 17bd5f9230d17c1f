/**
 * A run, from its opening to its manifest.
 *
 * A runner opens a run with the job's name and what it holds already; the answer tells what the server certainly
 * does not hold, announces what the job will need, and streams it. At its end the runner leaves a manifest: the
 * actions that it used, in the order of their first use, for the next run of the job.
 */

import { protocolErrors } from "./errors.ts";
import { limits } from "./limits.ts";

/** Which job a run is of. */
export interface RunJob {
  /** The job's name: BALLAST_JOB, or one made from module, command and flags. */
  readonly job: string;
  /** A coarser name that similar jobs share: when nobody ran this one before, theirs is a start. */
  readonly family: string;
  /** The commit, where it is known. */
  readonly revision: string;
}

/** What the server says first. */
export interface RunReply {
  /** `step-aside`: this job has not gained from the server lately; go on without it. */
  readonly verdict: "use" | "step-aside";
  /** How many entries are announced. */
  readonly entries: number;
  /** `setDigest` of the manifest that the stream was made from, or empty. */
  readonly manifest: string;
}

/** What one run gained and spent, in milliseconds; the server's verdict is made from a job's last ones. */
export interface RunGain {
  readonly savedMs: number;
  readonly waitedMs: number;
  /** What all announced entries took to make, those that never came included. */
  readonly offeredMs: number;
  readonly hits: number;
}

/** One announced entry. */
export interface Announcement {
  readonly action: Uint8Array;
  /** What its producer took to make it, in milliseconds. */
  readonly costMs: number;
  /** Bytes of its frame in the stream. */
  readonly wireBytes: number;
}

const announcementBytes = 40;

export function encodeAnnouncements(items: readonly Announcement[]): Buffer {
  const bytes = Buffer.allocUnsafe(items.length * announcementBytes);
  for (const [i, { action, costMs, wireBytes }] of items.entries()) {
    bytes.set(action, i * announcementBytes);
    bytes.writeUInt32LE(Math.min(costMs, 0xffffffff), i * announcementBytes + 32);
    bytes.writeUInt32LE(wireBytes, i * announcementBytes + 36);
  }
  return bytes;
}

export function decodeAnnouncements(payload: Uint8Array): Announcement[] {
  const view = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const items: Announcement[] = [];
  for (let at = 0; at + announcementBytes <= view.length; at += announcementBytes) {
    const action = view.subarray(at, at + 32);
    items.push({ action, costMs: view.readUInt32LE(at + 32), wireBytes: view.readUInt32LE(at + 36) });
  }
  return items;
}

/** A JSON object and bytes behind it in one body: four bytes of length, the JSON, the bytes. */
export function joinJson(value: object, bytes: Uint8Array): Buffer<ArrayBuffer> {
  const json = Buffer.from(JSON.stringify(value));
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32LE(json.length);
  return Buffer.concat([head, json, bytes]);
}

/** Throws `protocol/malformed`. The bytes are a view. */
export function splitJson(body: Buffer): { readonly value: Record<string, unknown>; readonly bytes: Buffer } {
  const length = body.length < 4 ? Infinity : body.readUInt32LE();
  if (length > limits.runHeadBytes || body.length < 4 + length) throw malformed("a run without its head");
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8", 4, 4 + length));
  } catch (cause) {
    throw malformed("a run whose head is not JSON", cause);
  }
  if (typeof value !== "object" || value === null) throw malformed("a run whose head is not an object");
  return { value: value as Record<string, unknown>, bytes: body.subarray(4 + length) };
}

/** Throws `protocol/malformed` for names that are missing, not text, or too long. */
export function readRunJob(value: Record<string, unknown>): RunJob {
  const text = (key: keyof RunJob): string => {
    const found = value[key];
    if (typeof found === "string" && found.length <= limits.jobLength) return found;
    throw malformed(`a run whose ${key} is not a text of at most ${limits.jobLength} characters`);
  };
  return { job: text("job"), family: text("family"), revision: text("revision") };
}

/** What is no number, or below 0, counts as 0: a gain is an opinion, and none is worth a failure. */
export function readRunGain(value: unknown): RunGain {
  const fields = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const number = (key: keyof RunGain): number => {
    const found = fields[key];
    return typeof found === "number" && Number.isFinite(found) && found >= 0 ? found : 0;
  };
  return {
    savedMs: number("savedMs"),
    waitedMs: number("waitedMs"),
    offeredMs: number("offeredMs"),
    hits: number("hits"),
  };
}

/** Tells two sets of actions apart whatever their order: the XOR of their first bytes, and how many there are. */
export function setDigest(actions: Uint8Array): string {
  const sum = new Uint8Array(16);
  for (let at = 0; at < actions.length; at += 32) {
    for (let i = 0; i < 16; i++) sum[i] = (sum[i] as number) ^ (actions[at + i] as number);
  }
  return `${Buffer.from(sum).toString("hex")}-${actions.length / 32}`;
}

function malformed(found: string, cause?: unknown): Error {
  return protocolErrors.error("protocol/malformed", `the other side sent ${found}`, { cause });
}
