/**
 * Merging profiles: a place that ran anywhere ran. `set` is merged by OR, `count` and `atomic` by sum. What was not cut
 * from one source by one toolchain is refused: Go 1.27 begins a block elsewhere than 1.26, and a merge of both counts
 * each statement twice.
 */

import { createBlocksBuilder } from "./blocks-builder.ts";
import { coverErrors } from "./errors.ts";
import { type Overlap, overlapsOf } from "./overlaps.ts";
import type { CoverProfile } from "./profile.ts";

/** A profile with the name that failures call it by. */
export interface NamedProfile {
  readonly name: string;
  readonly profile: CoverProfile;
}

/** Throws `go/cover-modes-mixed`, `go/cover-blocks-contradict`; of nothing, an empty profile of mode `set`. */
export function mergeProfiles(profiles: readonly NamedProfile[]): CoverProfile {
  const [first] = profiles;
  const mode = first?.profile.mode ?? "set";
  const builder = createBlocksBuilder(profiles.map(({ name }) => name).join(" and "), () => mode);
  for (const { name, profile } of profiles) {
    const detail = `${name} is of mode ${profile.mode}, ${first?.name ?? ""} of mode ${mode}`;
    if (profile.mode !== mode) throw coverErrors.error("go/cover-modes-mixed", detail);
    for (const [file, blocks] of profile.files) for (const block of blocks) builder.add(file, block);
  }
  const merged = builder.profile(mode);
  const [overlap] = overlapsOf(merged);
  if (overlap !== undefined) throw contradiction(profiles, overlap);
  return merged;
}

function contradiction(profiles: readonly NamedProfile[], { file, first, second }: Overlap): Error {
  const names = profiles.map(({ name }) => name).join(", ");
  const places = `${first.startLine}.${first.startColumn},${first.endLine}.${first.endColumn} and ${second.startLine}.${second.startColumn},${second.endLine}.${second.endColumn}`;
  return coverErrors.error("go/cover-blocks-contradict", `${names}: the blocks ${places} of ${file} overlap`);
}
