/** Noticing that the access policy is another one than before. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { textIfReadable } from "../../core/file-text.ts";
import type { AccessPolicy } from "../../cache/trust/access-policy.ts";
import type { Audit } from "./audit.ts";

/** Records a change since the last start in this folder. */
export function notePolicy({ digest, rules, issuers }: AccessPolicy, mode: string, folder: string, audit: Audit): void {
  const path = join(folder, "access-policy");
  const now = `${digest} ${mode}\n`;
  const before = textIfReadable(path);
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
