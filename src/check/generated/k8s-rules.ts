// Written by `npm run generate`; do not edit.

import type { K8sRule } from "../k8s/rule.ts";

/** The rules of the area `k8s`, in the order of their ids. */
export const k8sRules: readonly K8sRule[] = [];
