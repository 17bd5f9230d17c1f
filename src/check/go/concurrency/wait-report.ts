/** What an analysis of the runs has to say, for a rule to report. */

import type { GoPlace } from "../program.ts";

export interface WaitReport {
  readonly place: GoPlace;
  readonly message: string;
  readonly related: readonly { readonly place: GoPlace; readonly message: string }[];
}
