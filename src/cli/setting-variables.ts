import { cacheSettings } from "../cache/settings.ts";
import { settingVariable } from "../core/setting-spec.ts";

/** Cache settings that were given as flags, as the variables by which a child process finds them. */
export function settingVariables(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, spec] of Object.entries(cacheSettings)) {
    const value = given[key];
    const words = Array.isArray(value) ? value : [value];
    const isText = words.length > 0 && words.every((word) => ["string", "number", "boolean"].includes(typeof word));
    if (isText) variables[settingVariable(key, spec)] = words.join(",");
  }
  return variables;
}
