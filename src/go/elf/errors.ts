import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of the reader of ELF files. */
export const elfErrors = defineErrors({
  "go/elf-malformed": {
    exit: exitStatus.dependency,
    what: "a program file is damaged or of an unknown shape",
    why: "It begins like a 64-bit ELF file, but a table or a section in it lies outside of the file or is larger than allowed.",
    todo: "Build it again; if it comes from elsewhere, check that it was copied whole.",
  },
});
