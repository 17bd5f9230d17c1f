import { defineCommand } from "../command.ts";
import { commandsUnder, findCommand } from "../command-index.ts";
import { cliErrors } from "../errors.ts";
import { commandHelp, groupHelp, programHelp } from "../help-text.ts";
import type { ErrorSpec } from "../../core/errors.ts";
import { nearestWord } from "../../core/suggestion.ts";

/** `ballast help [COMMAND… | CODE]` */
export const command = defineCommand({
  path: ["help"],
  summary: "Explain a command, a group of commands or an error code",
  positionals: "[COMMAND… | CODE]",
  flags: {},
  examples: [
    { line: "ballast help cache", remark: "The commands of a group." },
    { line: "ballast help core/flag-unknown", remark: "What an error code means and what to do." },
  ],
  run: async (context, _flags, words) => {
    const { stdout } = context;
    stdout.write(words[0]?.includes("/") === true ? await explainCode(words[0]) : await explain(words, stdout.columns));
    return 0;
  },
});

async function explain(words: readonly string[], columns: number): Promise<string> {
  const { commandIndex } = await import("../generated/commands.ts");
  if (words.length === 0) return programHelp(commandIndex, columns);
  const group = commandsUnder(commandIndex, words);
  const isGroup = group.length > 0 && group.every(({ path }) => path.length > words.length);
  if (isGroup) return groupHelp(group, columns);
  const { entry, rest } = findCommand(commandIndex, words);
  if (rest[0] !== undefined) throw cliErrors.error("cli/argument-unexpected", JSON.stringify(rest[0]));
  return commandHelp((await entry.load()).command, columns);
}

async function explainCode(code: string): Promise<string> {
  const { errorTable } = await import("../generated/errors.ts");
  const table: Readonly<Record<string, ErrorSpec>> = errorTable;
  const spec = Object.hasOwn(table, code) ? table[code] : undefined;
  if (spec !== undefined) return `${code}: ${spec.what} (exit ${spec.exit})\n  why: ${spec.why}\n  fix: ${spec.todo}\n`;
  const nearest = nearestWord(code, Object.keys(table));
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  throw cliErrors.error("cli/argument-invalid", `${code} is no error code${hint}`);
}
