/** A server's entries, filtered, and where it is asked for with the package that each body is about. */

import { classifyBody } from "../../go/body-kind.ts";
import { type BodySubject, subjectOfBody } from "../../go/package-path.ts";
import { isAbout } from "./local-filter.ts";
import type { ServerApi, ServerEntry } from "./server-api.ts";

export interface ServerItem extends ServerEntry {
  /** Empty where it was not asked for, or the body does not say. */
  readonly subject: BodySubject;
}

export interface ServerItemFilter {
  readonly kinds: readonly string[];
  /** Asking for packages reads the bodies. */
  readonly packages: readonly string[];
  readonly scope?: string | undefined;
  /** Fields that must be equal. */
  readonly provenance: Readonly<Record<string, string>>;
  readonly usedFromMs?: number | undefined;
  /** Taken by the server at this time or later. */
  readonly sinceMs?: number | undefined;
}

export interface ServerItemOptions {
  /** Reads bodies to tell packages, also where no pattern asks for it. */
  readonly wantsPackages: boolean;
  readonly onProgress: (state: { readonly seen: number; readonly bodies: number }) => void;
}

/** Kinds whose bodies say what they are about. */
const tellingKinds = new Set([
  "package",
  "cgo-package",
  "module-index",
  "test-result",
  "coverage-profile",
  "cgo-source",
  "cover-source",
]);
const bodiesAtOnce = 8;

export async function* listServer(
  api: ServerApi,
  filter: ServerItemFilter,
  options: ServerItemOptions,
): AsyncGenerator<ServerItem> {
  const [kind] = filter.kinds;
  const query = {
    ...(kind !== undefined && filter.kinds.length === 1 ? { kind } : {}),
    ...(filter.scope === undefined ? {} : { scope: filter.scope }),
  };
  const readsBodies = options.wantsPackages || filter.packages.length > 0;
  const subjects: KnownSubjects = new Map();
  let waiting: ServerEntry[] = [];
  let seen = 0;
  for await (const entry of api.entries(query)) {
    options.onProgress({ seen: ++seen, bodies: subjects.size });
    if (!matches(filter, entry)) continue;
    waiting.push(entry);
    if (readsBodies && waiting.length < bodiesAtOnce) continue;
    yield* await describe(api, waiting, filter, readsBodies, subjects);
    waiting = [];
  }
  yield* await describe(api, waiting, filter, readsBodies, subjects);
}

function matches({ kinds, provenance, usedFromMs, sinceMs }: ServerItemFilter, entry: ServerEntry): boolean {
  if (sinceMs !== undefined && entry.putMs < sinceMs) return false;
  if (kinds.length > 0 && !kinds.includes(entry.kind)) return false;
  if (usedFromMs !== undefined && entry.usedMs < usedFromMs) return false;
  return Object.entries(provenance).every(([name, value]) => entry.provenance[name] === value);
}

async function describe(
  api: ServerApi,
  entries: readonly ServerEntry[],
  filter: ServerItemFilter,
  readsBodies: boolean,
  subjects: KnownSubjects,
): Promise<ServerItem[]> {
  if (!readsBodies) return entries.map((entry) => ({ ...entry, subject: {} }));
  const items = await Promise.all(entries.map((entry) => withSubject(api, entry, subjects)));
  if (filter.packages.length === 0) return items;
  return items.filter((item) => filter.packages.some((pattern) => isAbout(item, pattern)));
}

/** What bodies are about, by output; each is read once, also by those who ask at the same time. */
export type KnownSubjects = Map<string, Promise<BodySubject>>;

/** The entry with what its body says; the body is read from the server unless it was before. */
export async function withSubject(api: ServerApi, entry: ServerEntry, subjects: KnownSubjects): Promise<ServerItem> {
  if (!tellingKinds.has(entry.kind)) return { ...entry, subject: {} };
  const subject = subjects.get(entry.output) ?? readSubject(api, entry.output);
  subjects.set(entry.output, subject);
  return { ...entry, subject: await subject };
}

async function readSubject(api: ServerApi, output: string): Promise<BodySubject> {
  const body = await api.output(output);
  return body === undefined ? {} : subjectOfBody(classifyBody(body), body);
}
