/** Leaving a build event in the ledger. Whatever goes wrong is a sentence for the user and never more than that. */

import { homedir } from "node:os";
import { type Clock, systemClock } from "../core/clock.ts";
import { problemText, resolveSettings, type SettingsFile } from "../core/settings.ts";
import type { LedgerConfig } from "../ledger/open-ledger.ts";
import { ledgerSettings } from "../ledger/settings.ts";
import type { FinishedCommand } from "./build-event.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the settings say of the ledger; `undefined` when nothing is to be recorded. */
export function ledgerConfig(
  env: Environment,
  cwd: string,
  file: SettingsFile | undefined,
): LedgerConfig | string | undefined {
  const otherPaths = Object.keys(file?.values ?? {});
  const { values, problems } = resolveSettings(ledgerSettings, { env, cwd, file, otherPaths });
  const [problem] = problems;
  if (problem !== undefined) return problemText(problem);
  return values.file === undefined && values.url === undefined ? undefined : values;
}

/** Records `command`; what went wrong, in a sentence, or `undefined`. Waits no longer than the settings say. */
export async function recordCommand(
  command: FinishedCommand,
  config: LedgerConfig | string,
  env: Environment,
  clock: Clock = systemClock,
): Promise<string | undefined> {
  if (typeof config === "string") return config;
  const giveUp = new AbortController();
  try {
    const late = clock.sleep(config.waitLimit, giveUp.signal).then(() => `no answer within ${config.waitLimit} ms`);
    return await Promise.race([append(command, config, env, clock), late.catch(() => undefined)]);
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  } finally {
    giveUp.abort(new Error("done"));
  }
}

async function append(
  command: FinishedCommand,
  config: LedgerConfig,
  env: Environment,
  clock: Clock,
): Promise<undefined> {
  const { openLedger } = await import("../ledger/open-ledger.ts");
  const { createHideValue, defaultKeyFile, readHashKey } = await import("../ledger/hidden-values.ts");
  const { buildEvent } = await import("./build-event.ts");
  const key = readHashKey(config.keyFile ?? defaultKeyFile(env, homedir()));
  const event = buildEvent(command, crypto.randomUUID(), createHideValue(key, config.plain));
  const ledger = await openLedger(config, clock);
  try {
    await ledger?.append([event]);
  } finally {
    await ledger?.close();
  }
}
