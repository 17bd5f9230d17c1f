// Written by `npm run generate`; do not edit.

/** The rules of the area `ci`, in the order of their ids. */
export const ciRules: readonly never[] = [];
