/**
 * What the ledger holds. Attributes are flat and named as OpenTelemetry names them (`cicd.*`, `vcs.*`, `process.*`);
 * what has no name there begins with `ballast.`.
 */

import { ledgerErrors } from "./errors.ts";

/** What an attribute may be; lists hold one kind of value. */
export type AttributeValue = string | number | boolean | readonly string[];

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Something that happened. */
export interface LedgerEvent {
  /** Tells this event from all others: the same key twice is the same event, and is recorded once. */
  readonly key: string;
  /** What kind of thing happened, `ballast.go.command`. */
  readonly name: string;
  /** When it happened, by the clock of where it happened. */
  readonly timeMs: number;
  readonly attributes: Attributes;
}

/** An event in the ledger. */
export interface StoredEvent extends LedgerEvent {
  /** Grows in the order in which events became visible; with gaps. */
  readonly seq: number;
  /** When the ledger took it in. */
  readonly seenMs: number;
}

/** Every store holds these, so that none takes what another would refuse. */
export const eventLimits = {
  /** `requireValidEvent` says it once more, in an expression. */
  keyChars: 200,
  nameChars: 100,
  attributes: 200,
  valueChars: 8192,
  listItems: 500,
  /** The attributes as JSON. */
  bodyBytes: 65_536,
  /** Events in one append. */
  batch: 1000,
  /** Events in one answer. */
  page: 10_000,
} as const;

/** Throws `ledger/event-invalid` for what some store could not hold or give back unchanged. */
export function requireValidEvent(event: LedgerEvent): void {
  const fault = faultOf(event);
  if (fault !== undefined) throw ledgerErrors.error("ledger/event-invalid", `${event.name.slice(0, 100)}: ${fault}`);
}

function faultOf({ key, name, timeMs, attributes }: LedgerEvent): string | undefined {
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) return "the key is not of 1 to 200 printable characters";
  if (!isName(name)) return "the name is not of words with dots between them";
  if (!Number.isSafeInteger(timeMs) || timeMs < 0 || timeMs > 8.64e15) return `the time ${timeMs} is none`;
  const entries = Object.entries(attributes);
  if (entries.length > eventLimits.attributes) return `${entries.length} attributes, at most ${eventLimits.attributes}`;
  for (const [attribute, value] of entries) {
    const fault = isName(attribute) ? valueFault(value) : "the name is not of words with dots between them";
    if (fault !== undefined) return `${attribute.slice(0, eventLimits.nameChars)}: ${fault}`;
  }
  const bytes = Buffer.byteLength(attributesJson(attributes));
  return bytes > eventLimits.bodyBytes ? `${bytes} bytes of attributes, at most ${eventLimits.bodyBytes}` : undefined;
}

function isName(text: string): boolean {
  return text.length <= eventLimits.nameChars && /^[A-Za-z][\w-]*(\.[\w-]+)*$/.test(text);
}

function valueFault(value: AttributeValue): string | undefined {
  if (typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${value} is no number that JSON has`;
  if (typeof value === "string") return textFault(value);
  if (value.length > eventLimits.listItems) return `${value.length} items, at most ${eventLimits.listItems}`;
  return value.map(textFault).find((fault) => fault !== undefined);
}

/** Postgres holds neither NUL nor half a surrogate pair. */
function textFault(text: string): string | undefined {
  if (text.length > eventLimits.valueChars) return `${text.length} characters, at most ${eventLimits.valueChars}`;
  return text.includes("\0") || !text.isWellFormed() ? "it is not text" : undefined;
}

/** `text` made fit for an attribute: what no store holds replaced, and cut where it is too long. */
export function attributeText(text: string, maxChars: number = eventLimits.valueChars): string {
  const fit = text.replaceAll("\0", "\ufffd").toWellFormed();
  return fit.length <= maxChars ? fit : `${fit.slice(0, maxChars - 1).toWellFormed()}…`;
}

/** The attributes in the order of their names, so that equal ones have equal texts. */
export function attributesJson(attributes: Attributes): string {
  return JSON.stringify(sortedAttributes(attributes));
}

/** The same attributes in the order of their names. */
export function sortedAttributes(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What an event says, as a hash: two events of one key must agree in it. */
export function contentHash({ name, timeMs, attributes }: LedgerEvent): string {
  const text = JSON.stringify([name, timeMs, sortedAttributes(attributes)]);
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
