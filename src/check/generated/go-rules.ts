// Written by `npm run generate`; do not edit.

import type { GoRule } from "../go/rule.ts";

/** The rules of the area `go`, in the order of their ids. */
export const goRules: readonly GoRule[] = [];
