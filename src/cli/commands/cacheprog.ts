/** `ballast cacheprog`: what Go runs as its GOCACHEPROG. Its start is a hot path: it imports no package. */

import { runHelper } from "../../cache/helper/helper.ts";
import { readHelperOptions } from "../../cache/helper/read-options.ts";
import { dueRemovalCheck, learnRemovals } from "../../cache/helper/removal-check.ts";
import { findCacheFolder } from "../../cache/local/folder.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { settingFlags } from "../../core/settings.ts";
import type { Command } from "../command.ts";
import { settingVariables } from "../setting-variables.ts";

const flags = settingFlags(cacheSettings);

export const command: Command<typeof flags> = {
  path: ["cacheprog"],
  summary: "serve Go's build cache; what GOCACHEPROG names",
  details:
    "Go starts this command by itself when GOCACHEPROG is set to `/path/to/ballast cacheprog`, and speaks to it over its standard input and output. " +
    "Every setting may be given as a flag in that value.",
  examples: [
    { line: 'GOCACHEPROG="ballast cacheprog --server http://cache:7420" go build ./...', remark: "one build by hand" },
  ],
  flags,
  ownSignals: true,
  run(context, given) {
    for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"] as const) process.on(signal, ignore);
    const options = readHelperOptions(context.env, context.cwd, given);
    const serve = (): number => {
      runHelper(options, { ...context.env, ...settingVariables(given) });
      return 0;
    };
    const check = dueRemovalCheck(options, findCacheFolder(options.gocache, options.scope), Date.now());
    // Before anything is answered; what Go asks meanwhile waits in the pipe.
    if (check !== undefined) return learnRemovals(options, check, Date.now()).then(serve);
    return Promise.resolve(serve());
  },
};

/** Go survives SIGINT and SIGQUIT and still sends close; the helper is in its process group. */
function ignore(): void {}
