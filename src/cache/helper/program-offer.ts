/** A program on its way to the server: looked at whole, since anybody may have written to it since go did. */

import { readBody } from "../../go/body-bytes.ts";
import { readElf } from "../../go/elf/elf-file.ts";
import { goBuildId } from "../../go/elf/go-identity.ts";
import { programContent } from "../../go/elf/program.ts";
import { actionIdOf } from "../../go/hash-inputs.ts";
import type { LinkedProgram } from "./linked-programs.ts";
import type { Offer } from "./uploader.ts";

/** Nothing where the program is gone, or is not byte for byte what its build id says of it and of its link step. */
export function programOffer(program: LinkedProgram): Offer[] {
  const bytes = readBody(program.path, program.sizeBytes);
  if (bytes?.length !== program.sizeBytes || !isAsLinked(bytes, program.action)) return [];
  return [{ ...program, output: new Bun.CryptoHasher("sha256").update(bytes).digest() }];
}

function isAsLinked(bytes: Buffer, action: Uint8Array): boolean {
  try {
    const file = readElf(bytes);
    const id = file === undefined ? undefined : goBuildId(file);
    if (file === undefined || id === undefined) return false;
    return (
      id.linkAction === actionIdOf(Buffer.from(action).toString("hex")) && id.linkContent === programContent(file, id)
    );
  } catch {
    return false; // damaged
  }
}
