import { fleetSettings } from "../../cache/fleet/settings.ts";
import type { FleetSettings } from "../../cache/fleet/open-fleet.ts";
import { resolveSettings } from "../../core/settings.ts";
import { loadSettingsFile } from "../../core/settings-file.ts";
import type { CheckResult, DoctorContext } from "./check.ts";

/** What `ballast serve` would be told here of its fleet; what is wrong with the settings another check says. */
export function readFleetSettings({ env, cwd }: DoctorContext): FleetSettings {
  return resolveSettings(fleetSettings, { env, cwd, file: loadSettingsFile(cwd) }).values;
}

/** For a machine whose settings name no fleet, as every runner's do. */
export const noFleet: CheckResult = {
  status: "skipped",
  found: "no fleet is set: this is for machines that run a node",
};
