import { resolve } from "node:path";
import { readPrivateKey, writeExport } from "../../cache/inspect/export-file.ts";
import { fetchScope } from "../../cache/inspect/scope-transfer.ts";
import { coreErrors } from "../../core/core-errors.ts";
import { systemClock } from "../../core/clock.ts";
import { formatBytes } from "../../core/human-units.ts";
import { createProgress } from "../../core/progress.ts";
import { writeAnswer } from "../cache-output.ts";
import { resolveCacheSettings, serverAddress, serverFlags } from "../cache-target.ts";
import { defineCommand } from "../command.ts";

/** `ballast cache export` */
export const command = defineCommand({
  path: ["cache", "export"],
  summary: "Write a scope's entries to a signed file, for another installation",
  details:
    "The file holds the entries of one scope with their bodies, as the server has them, and a signature by your Ed25519 key, which stays with you. `ballast cache import` takes it only with the public key that belongs to it.",
  positionals: "FILE",
  flags: {
    ...serverFlags,
    scope: { type: "string", doc: "The scope to export, `main` for example." },
    key: { type: "string", doc: "An Ed25519 private key, PEM; `openssl genpkey -algorithm ed25519` makes one." },
    json: { type: "boolean", doc: "Print JSON." },
  },
  examples: [
    { line: "ballast cache export main.ballast --scope main --key key.pem", remark: "With a token that may write." },
  ],
  run: async (context, flags, positionals) => {
    const { scope, key } = flags;
    const [name, ...rest] = positionals;
    if (name === undefined || rest.length > 0) throw coreErrors.error("core/flag-value-missing", "one FILE");
    if (scope === undefined || key === undefined) {
      throw coreErrors.error("core/flag-value-missing", "--scope and --key");
    }
    const address = serverAddress(context, resolveCacheSettings(context, { ...flags, scope: undefined }));
    const path = resolve(context.cwd, name);
    const privateKey = readPrivateKey(resolve(context.cwd, key));
    const progress = createProgress(context.stderr, systemClock);
    let received = 0;
    const sizeBytes = await writeExport(path, privateKey, (write) =>
      fetchScope(address, scope, context.signal, (chunk) => {
        write(chunk);
        received += chunk.length;
        progress.update(`${formatBytes(received)} of ${scope}`);
      }),
    ).finally(() => progress.finish());
    writeAnswer(
      context,
      flags.json,
      { path, scope, sizeBytes },
      `${path}: ${formatBytes(sizeBytes)} of ${scope}, signed\n`,
    );
    return 0;
  },
});
