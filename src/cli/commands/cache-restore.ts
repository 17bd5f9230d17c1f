import { resolve } from "node:path";
import { restoreBackup } from "../../cache/node/backup/restore-backup.ts";
import { coreErrors } from "../../core/core-errors.ts";
import { formatBytes } from "../../core/human-units.ts";
import { counted, writeAnswer } from "../cache-output.ts";
import { defineCommand } from "../command.ts";

/** `ballast cache restore` */
export const command = defineCommand({
  path: ["cache", "restore"],
  summary: "Make a node's folder of a backup",
  details:
    "Each file is hashed and compared with the backup's own list; the folder gets its name when all of them are right. Start the node on it as after a power loss: it checks by itself what was written last.",
  positionals: "FILE",
  flags: {
    data: {
      type: "string",
      doc: "The folder to make, as `ballast serve --data` takes it; it must not be there, or be empty.",
    },
    json: { type: "boolean", doc: "Print JSON." },
  },
  examples: [
    {
      line: "ballast cache restore node.tar --data /var/lib/ballast",
      remark: "Then `ballast serve --data /var/lib/ballast`.",
    },
  ],
  run: async (context, flags, positionals) => {
    const [name, ...rest] = positionals;
    if (name === undefined || rest.length > 0) throw coreErrors.error("core/flag-value-missing", "one FILE");
    if (flags.data === undefined) throw coreErrors.error("core/flag-value-missing", "--data FOLDER");
    const folder = resolve(context.cwd, flags.data);
    const report = await restoreBackup(resolve(context.cwd, name), folder);
    const made = new Date(report.madeMs).toISOString();
    const text = `${folder}: ${counted(report.files, "file", "files")}, ${formatBytes(report.sizeBytes)}, as of ${made}\n`;
    writeAnswer(context, flags.json, { folder, ...report }, text);
    return 0;
  },
});
