// Written by `npm run generate`; do not edit.

import type { DockerRule } from "../image/rule.ts";
import { rule as dockerCacheMountElsewhere } from "../rules/docker/cache-mount-elsewhere/rule.ts";
import { rule as dockerCacheMountNotExported } from "../rules/docker/cache-mount-not-exported/rule.ts";
import { rule as dockerCgoCacheShared } from "../rules/docker/cgo-cache-shared/rule.ts";
import { rule as dockerModulesLost } from "../rules/docker/modules-lost/rule.ts";
import { rule as dockerNoCacheMount } from "../rules/docker/no-cache-mount/rule.ts";
import { rule as dockerSourceBeforeModules } from "../rules/docker/source-before-modules/rule.ts";

/** The rules of the area `docker`, in the order of their ids. */
export const dockerRules: readonly DockerRule[] = [
  dockerCacheMountElsewhere,
  dockerCacheMountNotExported,
  dockerCgoCacheShared,
  dockerModulesLost,
  dockerNoCacheMount,
  dockerSourceBeforeModules,
];
