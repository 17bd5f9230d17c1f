import { defineCommand } from "../command.ts";
import { onlyServerFlags, requireServer } from "../server-target.ts";
import { actionText } from "../survey-text.ts";

/** `ballast cache conflicts` */
export const command = defineCommand({
  path: ["cache", "conflicts"],
  summary: "List compile actions with two outputs, and who wrote each",
  details:
    "Two compiled packages under one action, in one scope or in two, mean that a build is not deterministic, that something the key " +
    "leaves out has changed, or that somebody tried to plant one. Lookups find the first. The exit status is 1 when there are any. " +
    "`ballast cache diff ACTION` shows where they differ.",
  flags: onlyServerFlags,
  examples: [{ line: "ballast cache conflicts --server https://cache:7420", remark: "All of them, in all scopes." }],
  run: async (context, given) => {
    const api = requireServer(context, given);
    let count = 0;
    for await (const one of api.survey("conflicts")) {
      count += 1;
      context.stdout.write(given.json === true ? `${JSON.stringify(one)}\n` : `${actionText(one)}\n`);
    }
    if (count === 0 && given.json !== true) context.stdout.write("no conflicts\n");
    return count === 0 ? 0 : 1;
  },
});
