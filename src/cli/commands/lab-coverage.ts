import { labFlags } from "../../lab/lab-flags.ts";
import { coverageLab } from "../../lab/labs/coverage/lab.ts";
import { defineCommand } from "../command.ts";
import { runLabCommand } from "../lab-command.ts";

/** `ballast lab coverage` */
export const command = defineCommand({
  path: ["lab", "coverage"],
  summary: "reproduce each false change of coverage on the Go versions here, and say which ones they have",
  details:
    "For each cause that is known it makes two measurements of a small module between which no test covers more or less, and " +
    "sees whether the share changes: with the Go in use and with all that GOTOOLCHAIN finds on this machine, or with those that " +
    "--toolchain names. The cause that is often told of, an emptied or read-only GOCACHE, is among them.\n\n" +
    "Exit status 1 when a false share was seen.",
  flags: {
    ...labFlags,
    toolchain: {
      type: "string",
      multiple: true,
      valueName: "VERSION",
      defaultText: "the Go in use, and those on this machine",
      doc: "A Go version as GOTOOLCHAIN takes it; `local` is the one in use.",
    },
  },
  examples: [
    { line: "ballast lab coverage", remark: "All Go versions on this machine." },
    {
      line: "ballast lab coverage --toolchain local --toolchain go1.25.0",
      remark: "These two; fetched where missing.",
    },
  ],
  run: (context, flags) => {
    const own = flags.toolchain.length === 0 ? {} : { toolchain: flags.toolchain };
    return runLabCommand(context, coverageLab, flags, own, () => ({ toolchains: flags.toolchain }));
  },
});
