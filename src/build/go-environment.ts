/** What makes plain `go` use Ballast: GOCACHEPROG, as lines for a shell or for the later steps of a GitHub job. */

import { appendFileSync, readFileSync } from "node:fs";

import { settingFlag, settingText, type Settable } from "../core/setting-spec.ts";
import type { ResolvedSettings, SettingSpecs } from "../core/settings.ts";
import { goEnvironmentErrors } from "./go-environment-errors.ts";

export const shells = ["sh", "bash", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

/**
 * The settings that were given as flags, as flags of `ballast cacheprog`: paths absolute, since Go starts the helper
 * wherever it runs itself. What comes from a variable or ballast.yaml reaches the helper in the same way.
 * Throws `build/secret-in-value` for an address with a password.
 */
export function cacheprogFlags<Specs extends SettingSpecs>(specs: Specs, resolved: ResolvedSettings<Specs>): string[] {
  return Object.entries(specs).flatMap(([key, spec]) => {
    const flag = settingFlag(key, spec);
    const value = resolved.values[key as keyof typeof resolved.values];
    const isGiven = resolved.origins[key]?.source === "flag";
    if (flag === undefined || value === undefined || !isGiven) return [];
    const text = settingText(spec, value as Settable);
    if (spec.type === "url") refusePassword(flag, text);
    if (spec.type === "boolean") return [value === true ? `--${flag}` : `--no-${flag}`];
    return [`--${flag}`, text];
  });
}

function refusePassword(flag: string, address: string): void {
  const url = URL.parse(address);
  if (url === null || (url.username === "" && url.password === "")) return;
  throw goEnvironmentErrors.error("build/secret-in-value", `the address of --${flag} holds a user or a password`);
}

/** The line that sets a variable in `shell`, without a line feed. */
export function shellLine(shell: Shell, name: string, value: string): string {
  switch (shell) {
    case "sh":
    case "bash":
      return `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`;
    case "fish":
      return `set -gx ${name} '${value.replace(/[\\']/g, String.raw`\$&`)}'`;
    case "powershell":
      return `$env:${name} = '${value.replaceAll("'", "''")}'`;
  }
}

/** Adds the variable to the file that GITHUB_ENV names and returns that path. Throws `build/github-env-unusable`. */
export function appendToGithubEnv(path: string | undefined, name: string, value: string): string {
  if (path === undefined || path === "") throw unusable("GITHUB_ENV is not set, so this is no step of a GitHub job");
  if (/[\r\n]/.test(value)) throw unusable(`${JSON.stringify(value)} is more than one line`);
  try {
    // Whoever wrote before may have left the last line open; the variable would become a part of it.
    const before = readFileSync(path, "utf8");
    appendFileSync(path, `${before === "" || before.endsWith("\n") ? "" : "\n"}${name}=${value}\n`);
  } catch (cause) {
    throw unusable(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  return path;
}

function unusable(detail: string, cause?: unknown): Error {
  return goEnvironmentErrors.error("build/github-env-unusable", detail, { cause });
}
