// Written by `npm run generate`; do not edit.

/** The rules of the area `docker`, in the order of their ids. */
export const dockerRules: readonly never[] = [];
