/** Removed entries whose body nobody had, as events: one for each reason in ten seconds, not one for each body. */

import type { Repair } from "../cache/fleet/repair.ts";
import type { Audit } from "./access/audit.ts";

const everyMs = 10_000;
/** Outputs named in one event. */
const namedMax = 20;

export interface RepairEvents {
  tell(repair: Repair): void;
  /** Writes what waits. */
  end(): void;
}

export function createRepairEvents(audit: Audit): RepairEvents {
  const waiting = new Map<string, { count: number; entries: number; outputs: string[] }>();

  function flush(): void {
    for (const [reason, { count, entries, outputs }] of waiting) {
      audit.record("ballast.cache.repaired", {
        "ballast.cache.reason": reason,
        "ballast.cache.count": count,
        "ballast.cache.entries": entries,
        "ballast.cache.outputs": outputs,
      });
    }
    waiting.clear();
  }

  const timer = setInterval(flush, everyMs);
  timer.unref();
  return {
    tell({ output, entries, reason }) {
      const sum = waiting.get(reason) ?? { count: 0, entries: 0, outputs: [] };
      sum.count += 1;
      sum.entries += entries;
      if (sum.outputs.length < namedMax) sum.outputs.push(output);
      waiting.set(reason, sum);
    },
    end() {
      clearInterval(timer);
      flush();
    },
  };
}
