/** The ledger that the settings name. */

import type { Clock } from "../core/clock.ts";
import type { SettingValues } from "../core/settings.ts";
import type { ledgerSettings } from "./settings.ts";
import type { LedgerStore } from "./store.ts";

export type LedgerConfig = SettingValues<typeof ledgerSettings>;

/** `undefined` when none is configured. Throws `ledger/unreachable`, `ledger/damaged`, `ledger/schema-newer`. */
export async function openLedger(config: LedgerConfig, clock: Clock): Promise<LedgerStore | undefined> {
  const { file, url, maxSize, waitLimit } = config;
  if (url !== undefined) {
    const { openPostgresLedger } = await import("./stores/postgres.ts");
    return openPostgresLedger({ url, waitLimitMs: waitLimit, clock });
  }
  if (file === undefined) return undefined;
  const { openSqliteLedger } = await import("./stores/sqlite.ts");
  return openSqliteLedger({ path: file, maxSizeBytes: maxSize, waitLimitMs: waitLimit, clock });
}
