import { resolve } from "node:path";
import { openExport, readPublicKey } from "../../cache/inspect/export-file.ts";
import { sendScope } from "../../cache/inspect/scope-transfer.ts";
import { coreErrors } from "../../core/core-errors.ts";
import { systemClock } from "../../core/clock.ts";
import { formatBytes, formatCount } from "../../core/human-units.ts";
import { createProgress } from "../../core/progress.ts";
import { writeAnswer } from "../cache-output.ts";
import { resolveCacheSettings, serverAddress, serverFlags } from "../cache-target.ts";
import { defineCommand } from "../command.ts";

/** `ballast cache import` */
export const command = defineCommand({
  path: ["cache", "import"],
  summary: "Put the entries of another installation's export into a scope",
  details:
    "The signature over the whole file is checked before anything is sent, and the server hashes each body as it does for any put. Entries keep who made them, and say that they came by import. Run it again at any time: what the server has stays.",
  positionals: "FILE",
  flags: {
    ...serverFlags,
    scope: { type: "string", doc: "The scope to put the entries into." },
    trustedKey: { type: "string", doc: "The public key of whoever made the file, PEM." },
    json: { type: "boolean", doc: "Print JSON." },
  },
  examples: [
    {
      line: "ballast cache import main.ballast --scope main --trusted-key key.pub",
      remark: "With a token that may write.",
    },
  ],
  run: async (context, flags, positionals) => {
    const { scope, trustedKey } = flags;
    const [name, ...rest] = positionals;
    if (name === undefined || rest.length > 0) throw coreErrors.error("core/flag-value-missing", "one FILE");
    if (scope === undefined || trustedKey === undefined) {
      throw coreErrors.error("core/flag-value-missing", "--scope and --trusted-key");
    }
    const address = serverAddress(context, resolveCacheSettings(context, { ...flags, scope: undefined }));
    const file = openExport(resolve(context.cwd, name), readPublicKey(resolve(context.cwd, trustedKey)));
    const progress = createProgress(context.stderr, systemClock);
    try {
      const report = await sendScope(address, scope, context.signal, file.frames(), (bytes) =>
        progress.update(`${formatBytes(bytes)} sent`),
      ).finally(() => progress.finish());
      const { stored, known, conflicts } = report;
      const text = `${scope}: ${formatCount(stored)} stored, ${formatCount(known)} known, ${formatCount(conflicts)} of which the server keeps another output\n`;
      writeAnswer(context, flags.json, { scope, ...report }, text);
      return 0;
    } finally {
      file.close();
    }
  },
});
