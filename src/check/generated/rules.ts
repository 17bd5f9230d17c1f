// Written by `npm run generate`; do not edit.

import type { RuleMeta } from "../rule.ts";

/** What is known of every rule without loading it, in the order of the ids. */
export const ruleMetas: readonly RuleMeta[] = [];

/** The rules themselves, area by area; none of them is loaded before it is needed. */
export const loadRules = {
  go: async () => (await import("./go-rules.ts")).goRules,
  ci: async () => (await import("./ci-rules.ts")).ciRules,
  docker: async () => (await import("./docker-rules.ts")).dockerRules,
  k8s: async () => (await import("./k8s-rules.ts")).k8sRules,
};
