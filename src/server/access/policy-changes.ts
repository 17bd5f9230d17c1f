/** Noticing that the access policy is another one than before. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccessPolicy } from "../../cache/trust/access-policy.ts";
import type { Audit } from "./audit.ts";

/** Records a change since the last start in this folder. */
export function notePolicy({ digest, rules, issuers }: AccessPolicy, mode: string, folder: string, audit: Audit): void {
  const path = join(folder, "access-policy");
  const now = `${digest} ${mode}\n`;
  const before = readText(path);
  if (before === now) return;
  writeFileSync(path, now);
  audit.record("ballast.cache.access-policy", {
    "ballast.policy.digest": digest,
    "ballast.policy.mode": mode,
    "ballast.policy.before": before?.trim() ?? "none",
    "ballast.policy.rules": rules.map(({ name }) => name),
    "ballast.policy.issuers": issuers.map(({ url }) => url),
  });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // the first start with a policy
  }
}
