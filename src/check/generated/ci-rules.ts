// Written by `npm run generate`; do not edit.

import type { CiRule } from "../ci/rule.ts";
import { rule as ciAsyncpreemptOffWithRace } from "../rules/ci/asyncpreempt-off-with-race/rule.ts";
import { rule as ciCacheCleaned } from "../rules/ci/cache-cleaned/rule.ts";
import { rule as ciCacheNeverHit } from "../rules/ci/cache-never-hit/rule.ts";
import { rule as ciCacheNeverRefreshed } from "../rules/ci/cache-never-refreshed/rule.ts";
import { rule as ciCacheNeverSaved } from "../rules/ci/cache-never-saved/rule.ts";
import { rule as ciCacheOutsideProject } from "../rules/ci/cache-outside-project/rule.ts";
import { rule as ciCacheOverwritten } from "../rules/ci/cache-overwritten/rule.ts";
import { rule as ciCachedPathNotGocache } from "../rules/ci/cached-path-not-gocache/rule.ts";
import { rule as ciCachedTwice } from "../rules/ci/cached-twice/rule.ts";
import { rule as ciContainerMissesHostCache } from "../rules/ci/container-misses-host-cache/rule.ts";
import { rule as ciCoverageMergedAcrossToolchains } from "../rules/ci/coverage-merged-across-toolchains/rule.ts";
import { rule as ciDockerAgentWithoutHome } from "../rules/ci/docker-agent-without-home/rule.ts";
import { rule as ciEmptyCacheSavedFirst } from "../rules/ci/empty-cache-saved-first/rule.ts";
import { rule as ciGoVersionNumber } from "../rules/ci/go-version-number/rule.ts";
import { rule as ciGocacheMovedAfterRestore } from "../rules/ci/gocache-moved-after-restore/rule.ts";
import { rule as ciGocacheOff } from "../rules/ci/gocache-off/rule.ts";
import { rule as ciKeySplitByJob } from "../rules/ci/key-split-by-job/rule.ts";
import { rule as ciParametersDifferBetweenStages } from "../rules/ci/parameters-differ-between-stages/rule.ts";
import { rule as ciRaceWithoutCgo } from "../rules/ci/race-without-cgo/rule.ts";
import { rule as ciRebuildsEverything } from "../rules/ci/rebuilds-everything/rule.ts";
import { rule as ciResultsLostToFileTimes } from "../rules/ci/results-lost-to-file-times/rule.ts";
import { rule as ciSameKeyDifferentPaths } from "../rules/ci/same-key-different-paths/rule.ts";
import { rule as ciSecretInBinary } from "../rules/ci/secret-in-binary/rule.ts";
import { rule as ciSecretInCache } from "../rules/ci/secret-in-cache/rule.ts";
import { rule as ciSecretInLog } from "../rules/ci/secret-in-log/rule.ts";
import { rule as ciSetupGoBeforeCheckout } from "../rules/ci/setup-go-before-checkout/rule.ts";
import { rule as ciTestCacheOffEverywhere } from "../rules/ci/test-cache-off-everywhere/rule.ts";
import { rule as ciToolchainDownloadedInEachJob } from "../rules/ci/toolchain-downloaded-in-each-job/rule.ts";
import { rule as ciToolchainUnpinned } from "../rules/ci/toolchain-unpinned/rule.ts";
import { rule as ciUnprotectedCacheShared } from "../rules/ci/unprotected-cache-shared/rule.ts";
import { rule as ciUntrustedWritesTrustedCache } from "../rules/ci/untrusted-writes-trusted-cache/rule.ts";
import { rule as ciVariantsShareOneKey } from "../rules/ci/variants-share-one-key/rule.ts";

/** The rules of the area `ci`, in the order of their ids. */
export const ciRules: readonly CiRule[] = [
  ciAsyncpreemptOffWithRace,
  ciCacheCleaned,
  ciCacheNeverHit,
  ciCacheNeverRefreshed,
  ciCacheNeverSaved,
  ciCacheOutsideProject,
  ciCacheOverwritten,
  ciCachedPathNotGocache,
  ciCachedTwice,
  ciContainerMissesHostCache,
  ciCoverageMergedAcrossToolchains,
  ciDockerAgentWithoutHome,
  ciEmptyCacheSavedFirst,
  ciGoVersionNumber,
  ciGocacheMovedAfterRestore,
  ciGocacheOff,
  ciKeySplitByJob,
  ciParametersDifferBetweenStages,
  ciRaceWithoutCgo,
  ciRebuildsEverything,
  ciResultsLostToFileTimes,
  ciSameKeyDifferentPaths,
  ciSecretInBinary,
  ciSecretInCache,
  ciSecretInLog,
  ciSetupGoBeforeCheckout,
  ciTestCacheOffEverywhere,
  ciToolchainDownloadedInEachJob,
  ciToolchainUnpinned,
  ciUnprotectedCacheShared,
  ciUntrustedWritesTrustedCache,
  ciVariantsShareOneKey,
];
