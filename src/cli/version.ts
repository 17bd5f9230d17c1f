import { version } from "../../package.json" with { type: "json" };

/** The version of this program; inlined when the executable is built. */
export const ballastVersion: string = version;
