// Written by `npm run generate`; do not edit.

/** The rules of the area `go`, in the order of their ids. */
export const goRules: readonly never[] = [];
