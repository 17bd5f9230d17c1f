import { findCacheFolder, otherScopes } from "../../../cache/local/folder.ts";
import type { DoctorCheck } from "../check.ts";

export const check: DoctorCheck = {
  id: "cache-scope",
  title: "GOCACHE belongs to this run's scope",
  run: async (context) => {
    const gocache = await context.gocache();
    if (gocache === "off") return { status: "skipped", found: "GOCACHE is off" };
    const scope = context.settings.values.scope ?? context.job.scope;
    const folder = findCacheFolder(gocache, scope);
    if (folder.path === gocache) return { status: "ok", found: `scope ${scope}` };
    const [owner = "another"] = otherScopes(gocache, scope);
    return {
      status: "warning",
      found: `it belongs to the scope ${owner}, and this run's is ${scope}`,
      why: `What one scope left must never be a hit for another, so this run keeps its entries in ${folder.path} and starts there with nothing of what GOCACHE holds.`,
      todo: "Nothing, if this runner serves several branches or changes. Otherwise give each scope a GOCACHE of its own, or empty this one with `go clean -cache` and remove its folder `ballast`.",
    };
  },
};
