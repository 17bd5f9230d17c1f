/** The ledger that a command's flags and settings name. */

import { systemClock } from "../core/clock.ts";
import { parseDuration } from "../core/human-units.ts";
import { requireSettings, resolveSettings, settingFlags } from "../core/settings.ts";
import { loadSettingsFile } from "../core/settings-file.ts";
import { ledgerErrors } from "../ledger/errors.ts";
import type { StoredEvent } from "../ledger/event.ts";
import { openLedger } from "../ledger/open-ledger.ts";
import { ledgerSettings } from "../ledger/settings.ts";
import type { EventQuery, LedgerStore } from "../ledger/store.ts";
import type { CommandContext } from "./command.ts";
import { cliErrors } from "./errors.ts";
import { settingPaths } from "./generated/setting-paths.ts";

export const ledgerFlags = settingFlags({ file: ledgerSettings.file });

/** The flags that choose events. */
export const eventFilterFlags = {
  name: { type: "string", valueName: "NAME", doc: "Only events of this name, for instance ballast.go.command." },
  where: {
    type: "string",
    multiple: true,
    valueName: "ATTRIBUTE=VALUE",
    doc: "Only events with this attribute; may be repeated. true, false and numbers are taken as such, text in double quotes as text.",
  },
  since: {
    type: "string",
    valueName: "TIME",
    doc: "Only events since then: a duration such as 7d, or a time in ISO 8601.",
  },
  until: { type: "string", valueName: "TIME", doc: "Only events before then." },
} as const;

interface FilterValues {
  readonly name: string | undefined;
  readonly where: readonly string[];
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/** Opens it for `work` and closes it. Throws `ledger/not-configured` and what the store throws. */
export async function withLedger<Value>(
  { env, cwd }: CommandContext,
  flags: Readonly<Record<string, unknown>>,
  work: (ledger: LedgerStore) => Promise<Value>,
): Promise<Value> {
  const file = loadSettingsFile(cwd);
  const resolved = resolveSettings(ledgerSettings, { env, flags, cwd, file, otherPaths: settingPaths });
  const ledger = await openLedger(requireSettings(resolved), systemClock);
  if (ledger === undefined) throw ledgerErrors.error("ledger/not-configured", "there is nothing to open");
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** The query that the filter flags ask for. Throws `cli/argument-invalid`. */
export function eventQuery(given: FilterValues): Pick<EventQuery, "name" | "where" | "fromMs" | "untilMs"> {
  return {
    name: given.name,
    where: Object.fromEntries(given.where.map(readCondition)),
    fromMs: given.since === undefined ? undefined : readTime("--since", given.since),
    untilMs: given.until === undefined ? undefined : readTime("--until", given.until),
  };
}

function readCondition(text: string): [string, string | number | boolean] {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(0, equals));
  if (!/^[A-Za-z][\w-]*(\.[\w-]+)*$/.test(name)) {
    throw cliErrors.error("cli/argument-invalid", `--where ${JSON.stringify(text)} is not ATTRIBUTE=VALUE`);
  }
  return [name, readValue(text.slice(equals + 1))];
}

function readValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return /^".*"$/.test(text) ? text.slice(1, -1) : text;
}

/** A moment as a flag says it: so long ago, or a time in ISO 8601. Throws `cli/argument-invalid`. */
export function readTime(flag: string, text: string): number {
  const ago = parseDuration(text);
  const timeMs = ago === undefined ? Date.parse(text) : systemClock.nowMs() - ago;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw cliErrors.error("cli/argument-invalid", `${flag} ${JSON.stringify(text)} is no duration and no time`);
}

/** An event as JSON shows it: times as people and programs read them. */
export function eventJson({ seq, key, name, timeMs, seenMs, attributes }: StoredEvent): unknown {
  return { seq, key, name, time: isoTime(timeMs), seen: isoTime(seenMs), attributes };
}

/** ISO 8601 to the millisecond. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
