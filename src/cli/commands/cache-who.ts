import { inspectErrors } from "../../cache/inspect/errors.ts";
import type { ServerApi } from "../../cache/inspect/server-api.ts";
import { listServer } from "../../cache/inspect/server-items.ts";
import type { RunUses, SurveyedAction } from "../../cache/inspect/survey-shape.ts";
import { serverProgress } from "../cache-output.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";
import { onlyServerFlags, requireServer } from "../server-target.ts";
import { actionText, runText } from "../survey-text.ts";

/** Actions that are described; a pattern may name thousands. */
const actionsMax = 50;

/** `ballast cache who` */
export const command = defineCommand({
  path: ["cache", "who"],
  summary: "Say who wrote an entry, who reproduced it, and which runs were given it",
  details:
    "An entry is named by its action, its output (64 digits, or the first ones), or a package, for which the server's bodies are read. " +
    "What stands under `written by` was proved by the writer's token where the server has an access policy, and is what the runner said otherwise.",
  positionals: "ACTION|OUTPUT|PACKAGE",
  flags: onlyServerFlags,
  examples: [
    { line: "ballast cache who example.org/app/gen", remark: "All that any scope holds of a package." },
    { line: "ballast cache who 3f9a52c1d0 --json", remark: "As data, one action a line." },
  ],
  run: async (context, given, [name = "", ...rest]) => {
    const isOne = name !== "" && rest.length === 0;
    if (!isOne) throw cliErrors.error("cli/argument-invalid", "give one ACTION, OUTPUT or PACKAGE");
    const api = requireServer(context, given);
    const actions = await findActions(context, api, name);
    if (actions.size === 0) throw inspectErrors.error("inspect/entry-not-found", `${name} in ${api.url}`);
    for (const action of [...actions].slice(0, actionsMax)) {
      const runs = await api.uses("action", action);
      for await (const one of api.survey("all", action)) {
        context.stdout.write(given.json === true ? `${JSON.stringify({ ...one, runs })}\n` : fullText(one, runs));
      }
    }
    const more = actions.size - actionsMax;
    if (more > 0) context.stderr.write(`ballast: ${more} more actions are not shown\n`);
    return 0;
  },
});

function fullText(action: SurveyedAction, runs: readonly RunUses[]): string {
  const used =
    runs.length === 0 ? ["  no run is known to have been given it"] : runs.map((run) => `  given to ${runText(run)}`);
  return `${actionText(action)}${used.join("\n")}\n\n`;
}

/** The action ids that the name stands for. */
async function findActions(context: CommandContext, api: ServerApi, name: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (/^[0-9a-f]{4,64}$/.test(name)) {
    for await (const entry of api.entries({})) {
      if (entry.action.startsWith(name) || entry.output.startsWith(name)) found.add(entry.action);
    }
    if (found.size > 0) return found;
  }
  const { onProgress, finish } = serverProgress(context);
  const filter = { kinds: [], packages: [name], provenance: {} };
  for await (const item of listServer(api, filter, { wantsPackages: true, onProgress })) found.add(item.action);
  finish();
  return found;
}
