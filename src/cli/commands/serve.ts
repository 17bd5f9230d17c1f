/** `ballast serve`: the node. */

import { fleetSettings } from "../../cache/fleet/settings.ts";
import { systemClock } from "../../core/clock.ts";
import { createLogger } from "../../core/logger.ts";
import { requireSettings, resolveSettings, settingFlags } from "../../core/settings.ts";
import { loadSettingsFile } from "../../core/settings-file.ts";
import { ledgerSettings } from "../../ledger/settings.ts";
import { runNode } from "../../server/run-server.ts";
import { serverSettings } from "../../server/settings.ts";
import type { Command } from "../command.ts";
import { settingPaths } from "../generated/setting-paths.ts";
import { ballastVersion } from "../version.ts";

const flags = {
  ...settingFlags(serverSettings),
  ...settingFlags(fleetSettings),
  json: { type: "boolean", doc: "Say as one JSON line that the server is ready." },
} as const;

export const command: Command<typeof flags> = {
  path: ["serve"],
  summary: "run a cache server: index and bodies in one folder, nothing else to start",
  details:
    "One line on stdout says when it is ready; log lines are JSON on stderr. SIGTERM and SIGINT finish what is under way and end it; with an access policy SIGHUP reads it again, as happens when its file changes. " +
    "On a loopback address no token is needed. On any other it wants BALLAST_TOKEN_FILE, a file with a line `read TOKEN` or `write TOKEN` for each token.",
  examples: [
    { line: "ballast serve", remark: "for this machine, at 127.0.0.1:7420" },
    {
      line: "BALLAST_TOKEN_FILE=/etc/ballast/tokens ballast serve --listen 0.0.0.0:7420 --data /var/lib/ballast --max-size 100GiB",
      remark: "for a team",
    },
    {
      line: "ballast serve --name a --store s3://ci-cache/go --bus nats://bus-1:4222,nats://bus-2:4222",
      remark: "as one of several that share what they hold",
    },
  ],
  flags,
  async run({ env, cwd, signal, stdout, stderr }, given) {
    const file = loadSettingsFile(cwd);
    const sources = { env, flags: given, cwd, file, otherPaths: settingPaths };
    const settings = requireSettings(resolveSettings(serverSettings, sources));
    const fleet = requireSettings(resolveSettings(fleetSettings, sources));
    const log = createLogger({ write: (line) => stderr.write(line), level: "info", clock: systemClock });
    const ledger = requireSettings(resolveSettings(ledgerSettings, { env, cwd, file, otherPaths: settingPaths }));
    const node = runNode({ settings, fleet, env, log, version: ballastVersion, ledger });
    const ready =
      given.json === true ? JSON.stringify({ url: node.url, data: node.folder }) : `ballast: serving on ${node.url}`;
    stdout.write(`${ready}\n`);
    const { reloadPolicy } = node;
    if (reloadPolicy !== undefined) process.on("SIGHUP", reloadPolicy);
    await aborted(signal);
    await node.stop();
    return 0;
  },
};

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
