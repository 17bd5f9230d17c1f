// Written by `npm run generate`; do not edit.

import type { DockerRule } from "../image/rule.ts";

/** The rules of the area `docker`, in the order of their ids. */
export const dockerRules: readonly DockerRule[] = [];
