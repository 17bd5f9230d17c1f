// Written by `npm run generate`; do not edit.

import type { DockerRule } from "../image/rule.ts";
import { rule as dockerAsyncpreemptoff } from "../rules/docker/asyncpreemptoff/rule.ts";
import { rule as dockerBaseNotPinned } from "../rules/docker/base-not-pinned/rule.ts";
import { rule as dockerCacheMountElsewhere } from "../rules/docker/cache-mount-elsewhere/rule.ts";
import { rule as dockerCacheMountNotExported } from "../rules/docker/cache-mount-not-exported/rule.ts";
import { rule as dockerCacheNotWritable } from "../rules/docker/cache-not-writable/rule.ts";
import { rule as dockerCgoBinaryWithoutLibc } from "../rules/docker/cgo-binary-without-libc/rule.ts";
import { rule as dockerCgoCacheShared } from "../rules/docker/cgo-cache-shared/rule.ts";
import { rule as dockerCleanCacheInMount } from "../rules/docker/clean-cache-in-mount/rule.ts";
import { rule as dockerDateInBinary } from "../rules/docker/date-in-binary/rule.ts";
import { rule as dockerGitInContext } from "../rules/docker/git-in-context/rule.ts";
import { rule as dockerGocacheUnusable } from "../rules/docker/gocache-unusable/rule.ts";
import { rule as dockerModulesChangedInBuild } from "../rules/docker/modules-changed-in-build/rule.ts";
import { rule as dockerModulesLost } from "../rules/docker/modules-lost/rule.ts";
import { rule as dockerNoCacheMount } from "../rules/docker/no-cache-mount/rule.ts";
import { rule as dockerNoTrimpath } from "../rules/docker/no-trimpath/rule.ts";
import { rule as dockerSecretInArg } from "../rules/docker/secret-in-arg/rule.ts";
import { rule as dockerSecretInLayer } from "../rules/docker/secret-in-layer/rule.ts";
import { rule as dockerSourceBeforeModules } from "../rules/docker/source-before-modules/rule.ts";
import { rule as dockerToolchainTooOld } from "../rules/docker/toolchain-too-old/rule.ts";

/** The rules of the area `docker`, in the order of their ids. */
export const dockerRules: readonly DockerRule[] = [
  dockerAsyncpreemptoff,
  dockerBaseNotPinned,
  dockerCacheMountElsewhere,
  dockerCacheMountNotExported,
  dockerCacheNotWritable,
  dockerCgoBinaryWithoutLibc,
  dockerCgoCacheShared,
  dockerCleanCacheInMount,
  dockerDateInBinary,
  dockerGitInContext,
  dockerGocacheUnusable,
  dockerModulesChangedInBuild,
  dockerModulesLost,
  dockerNoCacheMount,
  dockerNoTrimpath,
  dockerSecretInArg,
  dockerSecretInLayer,
  dockerSourceBeforeModules,
  dockerToolchainTooOld,
];
