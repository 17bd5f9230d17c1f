import { defineCommand } from "../command.ts";
import { ballastVersion } from "../version.ts";

/** `ballast version` */
export const command = defineCommand({
  path: ["version"],
  summary: "Print the version of Ballast and of the runtime inside it",
  flags: { json: { type: "boolean", doc: "Print one JSON object." } },
  examples: [{ line: "ballast version --json", remark: "For a bug report or an inventory." }],
  run: (context, flags) => {
    const facts = { version: ballastVersion, bun: Bun.version, platform: `${process.platform}-${process.arch}` };
    const text = `ballast ${facts.version} (bun ${facts.bun}, ${facts.platform})`;
    context.stdout.write(`${flags.json === true ? JSON.stringify(facts) : text}\n`);
    return Promise.resolve(0);
  },
});
