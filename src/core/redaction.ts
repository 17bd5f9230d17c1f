/** Taking secrets out of values that are about to be shown. */

/** What stands for a secret. */
const redacted = "[redacted]";

const secretKey = /token|secret|password|passwd|authorization|cookie|credential|api[-_]?key|private[-_]?key/i;
const bearer = /\b(bearer|basic)\s+[\w.~+/=-]+/gi;
// The scheme's length is limited so that a long dotted text cannot make the search quadratic.
const userinfo = /\b([a-z][a-z\d+.-]{0,20}:\/\/)[^\s/?#@]+@/gi;

const depthLimit = 8;
const shortestSecret = 4;

export interface Redactor {
  /** A copy of `value` that is fit for JSON: secrets replaced, errors turned into plain fields, loops and depth cut. */
  redact(value: unknown, errorFields: (error: Error) => Record<string, unknown>): unknown;
  redactText(text: string): string;
  addSecret(secret: string): void;
}

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  function redactText(text: string): string {
    let shown = text.replace(bearer, `$1 ${redacted}`).replace(userinfo, `$1${redacted}@`);
    for (const secret of secrets) shown = shown.replaceAll(secret, redacted);
    return shown;
  }
  return {
    redactText,
    addSecret: (secret) => {
      if (secret.length >= shortestSecret) secrets.add(secret);
    },
    redact: (value, errorFields) => copy(value, { redactText, errorFields, depth: 0 }),
  };
}

interface CopyContext {
  readonly redactText: (text: string) => string;
  readonly errorFields: (error: Error) => Record<string, unknown>;
  readonly depth: number;
}

function copy(value: unknown, context: CopyContext): unknown {
  if (typeof value === "string") return context.redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return String(typeof value);
  if (typeof value !== "object" || value === null) return value;
  if (context.depth >= depthLimit) return "[too deep]";
  const deeper = { ...context, depth: context.depth + 1 };
  if (Array.isArray(value)) return value.map((item) => copy(item, deeper));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString();
  if (value instanceof URL) return context.redactText(value.href);
  if (value instanceof Error) return copyFields(context.errorFields(value), deeper);
  if (value instanceof Map) return copyFields(Object.fromEntries<unknown>(value), deeper);
  if (value instanceof Set) return copy([...value], context);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return copyFields(value as Record<string, unknown>, deeper);
}

function copyFields(fields: Readonly<Record<string, unknown>>, context: CopyContext): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    shown[context.redactText(key)] = isSecretField(key, value) ? redacted : copy(value, context);
  }
  return shown;
}

/** A boolean under such a key (`hasPassword`) is a fact about a secret; a number may be the secret itself. */
function isSecretField(key: string, value: unknown): boolean {
  return secretKey.test(key) && value !== undefined && value !== null && typeof value !== "boolean";
}
