/** Noticing that the access policy is another one than before: at the start, and while the node runs. */

import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../../core/logger.ts";
import { textIfReadable } from "../../core/file-text.ts";
import type { AccessPolicy } from "../../cache/trust/access-policy.ts";
import { loadAccessPolicy } from "../../cache/trust/read-access-policy.ts";
import type { Audit } from "./audit.ts";

/** Records a change since the last start in this folder. */
export function notePolicy(policy: AccessPolicy, mode: string, folder: string, audit: Audit): void {
  const { digest, rules, issuers } = policy;
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

export interface PolicyWatch {
  /** Reads the policy again, also when its file seems to be the same. */
  reload(): void;
  stop(): void;
}

export interface PolicyWatchOptions {
  readonly path: string;
  readonly policy: AccessPolicy;
  readonly mode: string;
  readonly folder: string;
  readonly audit: Audit;
  readonly log: Logger;
  /** Puts a policy into force. */
  readonly use: (policy: AccessPolicy) => void;
}

/**
 * A file that is replaced by a rename, or by another link in front of it as Kubernetes does, is not told of by the
 * system's watching of the old one. Looking costs some microseconds.
 */
const lookEveryMs = 2000;

/** Keeps to what the policy's file says. A file that cannot be used leaves the policy before it in force. */
export function watchPolicy(options: PolicyWatchOptions): PolicyWatch {
  const { path, log, audit, mode, folder, use } = options;
  let { policy } = options;
  // The first look reads it: it may have changed since the start.
  let seen = "";

  function read(isAsked: boolean): void {
    seen = fileMark(path);
    let next: AccessPolicy;
    try {
      next = loadAccessPolicy(path);
    } catch (cause) {
      log.error("the access policy cannot be used: the one before it stays in force", { path, cause });
      return;
    }
    if (next.digest === policy.digest) {
      if (isAsked) log.info("the access policy is the same", { path });
      return;
    }
    use(next);
    log.warn("another access policy is in force", { path, digest: next.digest, ...describeChange(policy, next) });
    policy = next;
    notePolicy(next, mode, folder, audit);
  }

  const timer = setInterval(() => {
    if (fileMark(path) !== seen) read(false);
  }, lookEveryMs);
  timer.unref();
  return { reload: () => read(true), stop: () => clearInterval(timer) };
}

/** Tells versions of a file from each other without reading it. */
function fileMark(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "none" : `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}

interface Named {
  readonly name: string;
  /** Where a rule is written: others before it move it, and do not change it. */
  readonly origin?: string;
}

function describeChange(before: AccessPolicy, after: AccessPolicy): Readonly<Record<string, unknown>> {
  return { rules: compareNamed(before.rules, after.rules), issuers: compareNamed(before.issuers, after.issuers) };
}

function compareNamed(before: readonly Named[], after: readonly Named[]): Readonly<Record<string, readonly string[]>> {
  const [old, now] = [new Map(before.map((one) => [one.name, one])), new Map(after.map((one) => [one.name, one]))];
  const names = (list: ReadonlyMap<string, Named>, isWanted: (one: Named) => boolean): string[] =>
    [...list.values()].filter(isWanted).map(({ name }) => name);
  return {
    added: names(now, ({ name }) => !old.has(name)),
    removed: names(old, ({ name }) => !now.has(name)),
    changed: names(now, (one) => old.has(one.name) && !isSame(old.get(one.name), one)),
  };
}

function isSame(a: Named | undefined, b: Named): boolean {
  return a !== undefined && Bun.deepEquals({ ...a, origin: "" }, { ...b, origin: "" });
}
