/** `ballast agent`: what a run starts behind itself when there was no time to send everything. */

import { emptyOutbox, takeAgentPlace } from "../../cache/helper/agent.ts";
import { readHelperOptions } from "../../cache/helper/read-options.ts";
import { openCacheFolder } from "../../cache/local/folder.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { settingFlags } from "../../core/settings.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  path: ["agent"],
  summary: "send what earlier runs had no time to send; started by itself",
  details:
    "A run that ends before its uploads do leaves them in an outbox beside its cache folder and starts this command, detached from its own input and output. " +
    "It ends when the outbox is empty or the server fails, and at the latest after ten minutes. `ballast flush` waits for it.",
  flags: settingFlags(cacheSettings),
  async run(context, flags) {
    const options = readHelperOptions(context.env, context.cwd, flags);
    const folder = openCacheFolder(options.gocache, options.scope);
    const place = takeAgentPlace(folder);
    if (place === undefined) return 0;
    try {
      await emptyOutbox(folder, options, AbortSignal.any([context.signal, AbortSignal.timeout(lifeMs)]));
    } finally {
      place.release();
    }
    return 0;
  },
});

const lifeMs = 600_000;
