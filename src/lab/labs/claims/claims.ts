/** Every factual claim of the document that Ballast began with, by chapter. */

import { chapterFour } from "./chapter-four.ts";
import { chapterOne } from "./chapter-one.ts";
import { chapterThree } from "./chapter-three.ts";
import { chapterTwo } from "./chapter-two.ts";
import type { Claim } from "./claim.ts";

export const claims: readonly Claim[] = [...chapterOne, ...chapterTwo, ...chapterThree, ...chapterFour];
