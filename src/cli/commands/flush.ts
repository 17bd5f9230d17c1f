/** `ballast flush`: waits until what this job built is with the server. */

import { countLeft, emptyOutbox, isAgentAlive, takeAgentPlace } from "../../cache/helper/agent.ts";
import { helperErrors } from "../../cache/helper/errors.ts";
import { readHelperOptions } from "../../cache/helper/read-options.ts";
import { type CacheFolder, openCacheFolder } from "../../cache/local/folder.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { settingFlags } from "../../core/settings.ts";
import { defineCommand } from "../command.ts";

const flags = {
  ...settingFlags(cacheSettings),
  timeout: { type: "duration", default: 60_000, doc: "Give up after this long." },
  attempt: {
    type: "boolean",
    default: false,
    doc: "Exit with 0 also when something is left: it is not worth a failed job.",
  },
  json: { type: "boolean", doc: "Print JSON." },
} as const;

export const command = defineCommand({
  path: ["flush"],
  summary: "wait until everything that this job built is with the server",
  details:
    "The last step of a job whose uploads go on behind its builds (`BALLAST_DETACH_UPLOADS=true`), so that nothing is lost when the runner is thrown away. " +
    "It waits for the agent that a run started, or sends what is left itself.",
  examples: [{ line: "ballast flush --timeout 2m", remark: "at the end of a CI job" }],
  flags,
  async run(context, given) {
    const options = readHelperOptions(context.env, context.cwd, given);
    const folder = openCacheFolder(options.gocache, options.scope);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(given.timeout)]);
    await waitForAgent(folder, signal);
    const place = takeAgentPlace(folder);
    const report =
      place === undefined ? { sent: 0, left: countLeft(folder) } : await emptyOutbox(folder, options, signal);
    place?.release();
    if (report.left > 0 && !given.attempt) {
      throw helperErrors.error("helper/outbox-left", `${report.left} entries are left`);
    }
    const text = report.left > 0 ? `${report.left} entries are left` : "everything is with the server";
    context.stdout.write(given.json === true ? `${JSON.stringify(report)}\n` : `ballast: ${text}\n`);
    return 0;
  },
});

const lookEveryMs = 100;

async function waitForAgent(folder: CacheFolder, signal: AbortSignal): Promise<void> {
  while (isAgentAlive(folder) && !signal.aborted) await Bun.sleep(lookEveryMs);
}
