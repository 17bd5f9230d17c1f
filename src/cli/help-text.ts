/** What `--help` prints, from the commands' own data. */

import { flagName } from "../core/flags.ts";
import type { FlagSpec } from "../core/flags.ts";
import { exactDuration, exactSize } from "../core/human-units.ts";
import type { Command } from "./command.ts";
import { commandGroups } from "./command-groups.ts";
import { withCommonFlags } from "./help-flag.ts";

type CommandSummary = Pick<Command, "path" | "summary">;

const widestColumns = 100;

/** The help of the whole program. */
export function programHelp(index: readonly CommandSummary[], columns: number): string {
  return [
    ...wrap(purpose, Math.min(columns, widestColumns)),
    "\nUsage: ballast COMMAND [flags]\n",
    `Commands:\n${twoColumns(programRows(index), columns)}`,
    "`ballast help COMMAND` says more about a command or a group; `ballast --version` prints the version.",
    "",
  ].join("\n");
}

const purpose =
  "Ballast keeps Go CI steady: it shares the Go build cache between runners, finds out why a build misbehaved, and checks " +
  "code and pipelines for what will break the next one.";

/** A line for each command; of those with a common first word one line with their second words. */
function programRows(index: readonly CommandSummary[]): (readonly [name: string, text: string])[] {
  const groups = Map.groupBy(index, ({ path }) => path[0] ?? "");
  return [...groups].flatMap(([name, members]) => {
    const about = members.length > 1 ? commandGroups[name] : undefined;
    if (about === undefined) return members.map(rowOf);
    return [[`${name} …`, `${about}: ${members.map(({ path }) => path.slice(1).join(" ")).join(", ")}`] as const];
  });
}

function rowOf({ path, summary }: CommandSummary): readonly [name: string, text: string] {
  return [path.join(" "), capitalized(summary)];
}

/** The help of a group: its commands, a line each. */
export function groupHelp(group: readonly CommandSummary[], columns: number): string {
  return `Commands:\n${commandList(group, columns)}`;
}

/** The commands of one group, or all, a line each. */
function commandList(index: readonly CommandSummary[], columns: number): string {
  return twoColumns(index.map(rowOf), columns);
}

/** The help of one command. */
export function commandHelp(command: Command, columns: number): string {
  const details = command.details === undefined ? [] : [`${wrapParagraphs(command.details, columns)}\n`];
  const examples = (command.examples ?? []).flatMap(({ line, remark }) => [`  ${line}`, `      ${remark}`]);
  return [
    `${usageLine(command)}\n`,
    `${capitalized(command.summary)}.\n`,
    ...details,
    `Flags:\n${flagList(command, columns)}`,
    ...(examples.length === 0 ? [] : ["Examples:", ...examples, ""]),
  ].join("\n");
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** `Usage: ballast go [flags] ARGS…` */
export function usageLine(command: Pick<Command, "path" | "positionals">): string {
  const positionals = command.positionals === undefined ? "" : ` ${command.positionals}`;
  return `Usage: ballast ${command.path.join(" ")} [flags]${positionals}`;
}

/** A flag as it is written: `--listen HOST:PORT`, `--[no-]color`. */
export function flagUsage(key: string, spec: FlagSpec): string {
  const name = flagName(key, spec);
  if (spec.type === "boolean") return spec.default === true ? `--no-${name}` : `--${name}`;
  const value = spec.valueName ?? valueNames[spec.type];
  return spec.type === "choice" && spec.bare !== undefined ? `--${name}[=${value}]` : `--${name} ${value}`;
}

const valueNames = { string: "TEXT", number: "N", duration: "DURATION", size: "SIZE", choice: "CHOICE" } as const;

/** The flag's sentence with its choices, its default and whether it may be repeated. */
export function flagDoc(spec: FlagSpec): string {
  const facts: string[] = [];
  if (spec.type === "choice") facts.push(`One of ${spec.choices.join(", ")}.`);
  if (spec.type === "choice" && spec.bare !== undefined) facts.push(`Without a value: ${spec.bare}.`);
  if (spec.type !== "boolean" && spec.multiple === true) facts.push("May be repeated.");
  const defaultText = spec.defaultText ?? (spec.default === undefined ? undefined : valueText(spec, spec.default));
  const isOff = spec.type === "boolean" && (defaultText ?? "false") === "false";
  if (defaultText !== undefined && !isOff) facts.push(`Default: ${defaultText}.`);
  return [spec.doc, ...facts].join(" ");
}

function valueText(spec: FlagSpec, value: string | number | boolean): string {
  if (spec.type === "duration") return exactDuration(Number(value));
  return spec.type === "size" ? exactSize(Number(value)) : String(value);
}

function flagList(command: Command, columns: number): string {
  const rows = Object.entries(withCommonFlags(command.flags)).map(([key, spec]) => {
    const short = spec.short === undefined ? "    " : `-${spec.short}, `;
    return [`${short}${flagUsage(key, spec)}`, flagDoc(spec)] as const;
  });
  return twoColumns(rows, columns);
}

/** A name that is too long for its column has its text on the next line. */
function twoColumns(rows: readonly (readonly [name: string, text: string])[], columns: number): string {
  const nameWidth = Math.min(28, Math.max(0, ...rows.map(([name]) => name.length)));
  const indent = " ".repeat(nameWidth + 4);
  const textColumns = Math.max(30, Math.min(columns, widestColumns) - indent.length);
  const lines = rows.flatMap(([name, text]) => {
    const [first = "", ...others] = wrap(text, textColumns);
    const isLong = name.length > nameWidth;
    const head = isLong ? [`  ${name}`, `${indent}${first}`] : [`  ${name.padEnd(nameWidth)}  ${first}`];
    return [...head, ...others.map((line) => `${indent}${line}`)];
  });
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

function wrapParagraphs(text: string, columns: number): string {
  const width = Math.min(columns, widestColumns);
  // Indented paragraphs are samples: they stay as they are.
  const paragraphs = text.trim().split(/\n{2,}/);
  return paragraphs
    .map((paragraph) => (/^ /m.test(paragraph) ? paragraph : wrap(paragraph, width).join("\n")))
    .join("\n\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const isFull = line !== "" && line.length + 1 + word.length > width;
    if (isFull) lines.push(line);
    line = isFull || line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
