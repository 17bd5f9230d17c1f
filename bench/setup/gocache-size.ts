/** What a GOCACHE folder holds. */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export interface GocacheSize {
  readonly entries: number;
  readonly bodies: number;
  readonly rawBytes: number;
}

/** Counts `-a` and `-d` files in Go's own format. */
export function gocacheSize(folder: string): GocacheSize {
  let [entries, bodies, rawBytes] = [0, 0, 0];
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (/^..\/[0-9a-f]{64}-a$/.test(name)) entries++;
    if (!/^..\/[0-9a-f]{64}-d$/.test(name)) continue;
    const stat = statSync(join(folder, name));
    if (!stat.isFile()) continue;
    bodies++;
    rawBytes += stat.size;
  }
  return { entries, bodies, rawBytes };
}
