/** The reference pages in docs/reference, made from the declarations. */

import { flagDoc, flagUsage, usageLine } from "../../src/cli/help-text.ts";
import { withCommonFlags } from "../../src/cli/help-flag.ts";
import { settingFlag, settingPath, settingText, settingVariable } from "../../src/core/setting-spec.ts";
import type { SettingSpec } from "../../src/core/setting-spec.ts";
import { settingsSchema } from "./settings-schema.ts";
import type { CommandFile, Declaration, Declarations } from "./declarations.ts";

const folder = "docs/reference";
const note = "<!-- Written by `npm run generate`; do not edit. -->\n";

/** Text by path, not yet formatted. */
export function generatePages(declarations: Declarations): Map<string, string> {
  const { errors, commands, settings, metrics } = declarations;
  // Two rooms may use the same key; only their places in the file must differ.
  const specs = Object.fromEntries(
    settings.flatMap(({ file, rows }) =>
      rows.map(([key, spec]) => [`${file} ${key}`, { ...spec, path: settingPath(key, spec) ?? false }] as const),
    ),
  );
  return new Map([
    [`${folder}/commands.md`, page("Commands", commandsIntro, commands.map(commandSection))],
    [`${folder}/errors.md`, page("Errors", errorsIntro, errors.map(errorSection))],
    [`${folder}/settings.md`, page("Settings", settingsIntro, settings.map(settingSection))],
    [`${folder}/metrics.md`, page("Metrics", metricsIntro, metrics.map(metricSection))],
    [`${folder}/ballast.schema.json`, `${JSON.stringify(settingsSchema(specs), undefined, 2)}\n`],
  ]);
}

const commandsIntro = `Flags come after the command's words. An unknown, empty, repeated or malformed flag is refused (exit 2).
Exit statuses: 0 fine, 1 findings, 2 usage or configuration, 3 something that Ballast depends on failed, 70 a bug in Ballast.
Every command also takes \`--help\`.`;

const errorsIntro = `Every failure that Ballast reports has a code. \`ballast help CODE\` prints the same as this page.`;

const settingsIntro = `A flag wins over a \`BALLAST_*\` variable, that over \`ballast.yaml\`, and that over the default.
All problems are reported together. An empty variable counts as not set. Durations are written \`500ms\`, \`2s\`, \`1m30s\`;
sizes \`512MB\` (1000) or \`10GiB\` (1024). Lists have commas between their words in flags and variables.
\`ballast.yaml\` is looked for from the working directory upwards, as far as the repository's root;
editors check it against \`ballast.schema.json\` beside this page.`;

const metricsIntro = `What \`/metrics\` serves, in the Prometheus text format.`;

function page(title: string, intro: string, sections: readonly string[]): string {
  return [note, `# ${title}\n`, `${intro}\n`, ...sections].join("\n");
}

function commandSection({ command }: CommandFile): string {
  const flags = Object.entries(withCommonFlags(command.flags)).map(([key, spec]) => {
    const short = spec.short === undefined ? "" : `\`-${spec.short}\`, `;
    return [`${short}\`${flagUsage(key, spec)}\``, flagDoc(spec)];
  });
  const examples = (command.examples ?? []).map(({ line, remark }) => `\`\`\`sh\n${line}   # ${remark}\n\`\`\`\n`);
  return [
    `## ballast ${command.path.join(" ")}\n`,
    `${capital(command.summary)}.\n`,
    `\`\`\`text\n${usageLine(command)}\n\`\`\`\n`,
    ...(command.details === undefined ? [] : [`${command.details.trim()}\n`]),
    table(["Flag", "Meaning"], flags),
    ...examples,
  ].join("\n");
}

function errorSection({
  file,
  rows,
}: Declaration<{ exit: number; httpStatus?: number; what: string; why: string; todo: string }>): string {
  const lines = rows.map(([code, { exit, httpStatus, what, why, todo }]) => [
    `\`${code}\``,
    `${exit}`,
    httpStatus === undefined ? "" : `${httpStatus}`,
    `${capital(what)}.`,
    why,
    todo,
  ]);
  return `## ${roomOf(file)}\n\n${table(["Code", "Exit", "HTTP", "What", "Why", "What to do"], lines)}`;
}

function settingSection({ file, rows }: Declaration<SettingSpec>): string {
  const lines = rows.map(([key, spec]) => [
    quoted(settingPath(key, spec)),
    quoted(spec.type === "data" ? undefined : settingVariable(key, spec)),
    quoted(flagShown(key, spec)),
    typeShown(spec),
    spec.default === undefined ? "" : `\`${settingText(spec, spec.default)}\``,
    spec.secret === true ? `${spec.doc} Secret: never shown.` : spec.doc,
  ]);
  return `## ${roomOf(file)}\n\n${table(["ballast.yaml", "Variable", "Flag", "Type", "Default", "Meaning"], lines)}`;
}

function metricSection({
  file,
  rows,
}: Declaration<{ name: string; type: string; help: string; labels?: readonly string[] }>): string {
  const lines = rows.map(([, { name, type, labels, help }]) => [
    `\`${name}\``,
    type,
    (labels ?? []).map((label) => `\`${label}\``).join(", "),
    help,
  ]);
  return `## ${roomOf(file)}\n\n${table(["Name", "Type", "Labels", "Meaning"], lines)}`;
}

function flagShown(key: string, spec: SettingSpec): string | undefined {
  const flag = settingFlag(key, spec);
  return flag === undefined ? undefined : `--${flag}`;
}

function typeShown(spec: SettingSpec): string {
  if ("choices" in spec && spec.choices !== undefined) {
    return `${spec.type === "list" ? "list of" : "one of"} ${spec.choices.map((word) => `\`${word}\``).join(", ")}`;
  }
  return spec.type;
}

function quoted(text: string | undefined): string {
  return text === undefined ? "" : `\`${text}\``;
}

/** `cache/node` for `src/cache/node/errors.ts`. */
function roomOf(file: string): string {
  return file.split("/").slice(1, -1).join("/");
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(titles), `|${titles.map(() => "---|").join("")}`, ...rows.map(line), ""].join("\n");
}

/** Bars would end the cell and line feeds the row. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");
}
