// Written by `npm run generate`; do not edit.

/** The rules of the area `k8s`, in the order of their ids. */
export const k8sRules: readonly never[] = [];
