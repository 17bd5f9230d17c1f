/**
 * A program as go's own linker left it: whether anything of the machine is in it, and whether it is still what its
 * build id says (`cmd/internal/buildid/rewrite.go`, `cmd/go/internal/work/buildid.go`).
 */

import { actionIdOf } from "../hash-inputs.ts";
import { type ElfFile, findSection } from "./elf-file.ts";
import { type GoBuildId, goBuildId } from "./go-identity.ts";

/** Sections that come with the objects that a C compiler adds to every program; go's linker writes none of them. */
const hostSections = [".comment", ".init", ".fini", ".init_array", ".fini_array", ".eh_frame"];
/** In front of the GNU build id lie three words and `GNU\0`. */
const gnuNoteHeadBytes = 16;

/** Whether go's linker did all the work: what the host's linker adds is in nobody's key. */
export function isLinkedByGo(file: ElfFile): boolean {
  return goBuildId(file) !== undefined && !hostSections.some((name) => findSection(file, name) !== undefined);
}

/**
 * The hash of a program's bytes with its build id and the GNU one as zeros, as the build id's last part has it. It
 * differs for a program that was stripped, signed or patched after go had written it.
 */
export function programContent(file: ElfFile, { text }: GoBuildId): string {
  const hasher = new Bun.CryptoHasher("sha256");
  let at = 0;
  for (const [from, to] of zeroedRanges(file, text)) {
    hasher.update(file.bytes.subarray(at, from));
    hasher.update(Buffer.alloc(to - from));
    at = to;
  }
  hasher.update(file.bytes.subarray(at));
  return actionIdOf(hasher.digest("hex"));
}

function zeroedRanges({ bytes, ...file }: ElfFile, id: string): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  for (let at = bytes.indexOf(id, 0, "latin1"); at >= 0; at = bytes.indexOf(id, at + id.length, "latin1")) {
    ranges.push([at, at + id.length]);
  }
  const note = findSection({ bytes, ...file }, ".note.gnu.build-id");
  if (note !== undefined && note.sizeBytes > gnuNoteHeadBytes && note.offset + note.sizeBytes <= bytes.length) {
    ranges.push([note.offset + gnuNoteHeadBytes, note.offset + note.sizeBytes]);
  }
  return ranges.toSorted(([first], [second]) => first - second);
}
