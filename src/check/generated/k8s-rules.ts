// Written by `npm run generate`; do not edit.

import type { K8sRule } from "../k8s/rule.ts";
import { rule as k8sAsyncpreemptoff } from "../rules/k8s/asyncpreemptoff/rule.ts";
import { rule as k8sBuildkitPrivileged } from "../rules/k8s/buildkit-privileged/rule.ts";
import { rule as k8sCacheOnEmptydir } from "../rules/k8s/cache-on-emptydir/rule.ts";
import { rule as k8sCacheSharedByTrust } from "../rules/k8s/cache-shared-by-trust/rule.ts";
import { rule as k8sCpuSliceTooShort } from "../rules/k8s/cpu-slice-too-short/rule.ts";
import { rule as k8sGocacheUnusable } from "../rules/k8s/gocache-unusable/rule.ts";
import { rule as k8sGomaxprocsOverLimit } from "../rules/k8s/gomaxprocs-over-limit/rule.ts";
import { rule as k8sKanikoArchived } from "../rules/k8s/kaniko-archived/rule.ts";
import { rule as k8sMemoryLimitUnknownToGo } from "../rules/k8s/memory-limit-unknown-to-go/rule.ts";
import { rule as k8sNoRequests } from "../rules/k8s/no-requests/rule.ts";
import { rule as k8sSecretInEnv } from "../rules/k8s/secret-in-env/rule.ts";

/** The rules of the area `k8s`, in the order of their ids. */
export const k8sRules: readonly K8sRule[] = [
  k8sAsyncpreemptoff,
  k8sBuildkitPrivileged,
  k8sCacheOnEmptydir,
  k8sCacheSharedByTrust,
  k8sCpuSliceTooShort,
  k8sGocacheUnusable,
  k8sGomaxprocsOverLimit,
  k8sKanikoArchived,
  k8sMemoryLimitUnknownToGo,
  k8sNoRequests,
  k8sSecretInEnv,
];
