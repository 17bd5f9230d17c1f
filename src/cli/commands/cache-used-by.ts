import { inspectErrors } from "../../cache/inspect/errors.ts";
import { shortId } from "../cache-text.ts";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";
import { onlyServerFlags, requireServer } from "../server-target.ts";
import { runText } from "../survey-text.ts";

/** `ballast cache used-by` */
export const command = defineCommand({
  path: ["cache", "used-by"],
  summary: "List the entries that a CI run was given",
  details:
    "The server remembers what it sent to whom for about the last two thousand runs, by the first 16 digits of action and output. " +
    "What a runner had on its own disk already is not among it. `ballast cache who` asks the other way round.",
  positionals: "RUN",
  flags: onlyServerFlags,
  examples: [{ line: "ballast cache used-by 9184736251", remark: "By the run's number on the CI platform." }],
  run: async (context, given, [run = "", ...rest]) => {
    if (run === "" || rest.length > 0) throw cliErrors.error("cli/argument-invalid", "give one RUN");
    const api = requireServer(context, given);
    const runs = await api.uses("run", run);
    if (runs.length === 0) throw inspectErrors.error("inspect/entry-not-found", `no run ${run} in ${api.url}`);
    for (const one of runs) {
      if (given.json === true) context.stdout.write(`${JSON.stringify(one)}\n`);
      else {
        const lines = one.uses.map(({ action, output }) => `  ${shortId(action)}  ${shortId(output)}\n`);
        context.stdout.write(`${runText(one)}\n${lines.join("")}`);
      }
    }
    return 0;
  },
});
