// Written by `npm run generate`; do not edit.

import type { SettingSpecs } from "../../core/settings.ts";
import { buildSettings } from "../../build/settings.ts";
import { fleetSettings } from "../../cache/fleet/settings.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { checkSettings } from "../../check/settings.ts";
import { ledgerSettings } from "../../ledger/settings.ts";
import { serverSettings } from "../../server/settings.ts";

/** What each room declares; for those who judge all settings at once. */
export const settingTables: readonly SettingSpecs[] = [
  buildSettings,
  fleetSettings,
  cacheSettings,
  checkSettings,
  ledgerSettings,
  serverSettings,
];
