/** Which image a machine runs: what cgo finds there, headers and libraries, is in nobody's key. */

import { readFileSync } from "node:fs";

/** The package lists of Debian and Ubuntu, Alpine, and the rpm family, and what names the release. */
const sources = [
  "/etc/os-release",
  "/var/lib/dpkg/status",
  "/lib/apk/db/installed",
  "/var/lib/rpm/rpmdb.sqlite",
  "/var/lib/rpm/Packages",
];

/** 64 hex digits: of `name` when a team gives its image a name, else of the system's own package list. */
export function imageFingerprint(name: string | undefined, paths: readonly string[] = sources): string {
  const hasher = new Bun.CryptoHasher("sha256");
  if (name !== undefined) return hasher.update(`image ${name}`).digest("hex");
  for (const path of paths) {
    try {
      hasher.update(`${path}\n`).update(readFileSync(path));
    } catch {
      continue; // another family of systems
    }
  }
  return hasher.update(process.arch).digest("hex");
}
