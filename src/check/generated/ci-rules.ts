// Written by `npm run generate`; do not edit.

import type { CiRule } from "../ci/rule.ts";

/** The rules of the area `ci`, in the order of their ids. */
export const ciRules: readonly CiRule[] = [];
