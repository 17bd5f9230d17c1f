import type { BooleanFlag, FlagSpecs } from "../core/flags.ts";

const helpFlag = { type: "boolean", short: "h", doc: "Show this help." } as const satisfies BooleanFlag;

/** A command's flags and those that every command has. */
export function withCommonFlags(flags: FlagSpecs): FlagSpecs {
  return { ...flags, help: helpFlag };
}
