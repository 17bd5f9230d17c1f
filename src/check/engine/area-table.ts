/** The areas with their rules, each loaded when it is first run. */

import type { FileKind, RunArea } from "../area.ts";
import { loadRules } from "../generated/rules.ts";
import type { Area } from "../rule.ts";

export interface AreaEntry {
  /** An area is not loaded where there is none of these; it may read others besides. */
  readonly kinds: ReadonlySet<FileKind>;
  readonly load: () => Promise<RunArea>;
}

export const areaTable: Readonly<Record<Area, AreaEntry>> = {
  go: {
    kinds: new Set(["go"]),
    load: async () => {
      const [{ goArea }, rules] = await Promise.all([import("../go/area.ts"), loadRules.go()]);
      return goArea(rules);
    },
  },
  ci: {
    kinds: new Set(["pipeline", "groovy"]),
    load: async () => {
      const [{ ciArea }, rules] = await Promise.all([import("../ci/area.ts"), loadRules.ci()]);
      return ciArea(rules);
    },
  },
  docker: {
    kinds: new Set(["docker", "bake"]),
    load: async () => {
      const [{ dockerArea }, rules] = await Promise.all([import("../image/area.ts"), loadRules.docker()]);
      return dockerArea(rules);
    },
  },
  k8s: {
    kinds: new Set(["yaml"]),
    load: async () => {
      const [{ k8sArea }, rules] = await Promise.all([import("../k8s/area.ts"), loadRules.k8s()]);
      return k8sArea(rules);
    },
  },
};
