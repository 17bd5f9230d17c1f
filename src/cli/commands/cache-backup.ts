import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { ServerApi } from "../../cache/inspect/server-api.ts";
import { backupErrors } from "../../cache/node/backup/errors.ts";
import { checkBackup } from "../../cache/node/backup/restore-backup.ts";
import { coreErrors } from "../../core/core-errors.ts";
import { systemClock } from "../../core/clock.ts";
import { formatBytes } from "../../core/human-units.ts";
import { createProgress } from "../../core/progress.ts";
import { counted, writeAnswer } from "../cache-output.ts";
import { resolveCacheSettings, serverAddress, serverFlags } from "../cache-target.ts";
import { defineCommand } from "../command.ts";

/** `ballast cache backup` */
export const command = defineCommand({
  path: ["cache", "backup"],
  summary: "Copy a whole node, while it works, to one file",
  details:
    "The file is a tar archive of the node's folder with the hash of each of its files, of the moment at which the command began. It is read back and compared before it gets its name. `ballast cache restore` makes a node's folder of it.",
  positionals: "FILE",
  flags: { ...serverFlags, json: { type: "boolean", doc: "Print JSON." } },
  examples: [
    { line: "ballast cache backup --server https://cache:7420 node.tar", remark: "With a token that may write." },
  ],
  run: async (context, flags, positionals) => {
    const [name, ...rest] = positionals;
    if (name === undefined || rest.length > 0) throw coreErrors.error("core/flag-value-missing", "one FILE");
    const path = resolve(context.cwd, name);
    const api = new ServerApi(serverAddress(context, resolveCacheSettings(context, flags)), context.signal);
    const progress = createProgress(context.stderr, systemClock);
    const part = `${path}.part`;
    try {
      await download(api, part, (bytes) => progress.update(`${formatBytes(bytes)} copied`));
      progress.update("reading it back");
      const report = await checkBackup(part);
      renameSync(part, path);
      progress.finish();
      const text = `${path}: ${counted(report.files, "file", "files")}, ${formatBytes(report.sizeBytes)}, read back and compared\n`;
      writeAnswer(context, flags.json, { path, ...report }, text);
      return 0;
    } catch (cause) {
      progress.finish();
      rmSync(part, { force: true });
      throw cause;
    }
  },
});

async function download(api: ServerApi, part: string, onBytes: (bytes: number) => void): Promise<void> {
  const file = openPart(part);
  let bytes = 0;
  try {
    await api.backup((chunk) => {
      for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
      bytes += chunk.length;
      onBytes(bytes);
    });
  } finally {
    closeSync(file);
  }
}

function openPart(part: string): number {
  try {
    return openSync(part, "w", 0o600);
  } catch (cause) {
    throw backupErrors.error("node/backup-unusable", (cause as Error).message, { cause });
  }
}
