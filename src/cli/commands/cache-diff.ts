import { type ArchiveDifference, compareArchives, type MemberDifference } from "../../cache/inspect/archive-diff.ts";
import { inspectErrors } from "../../cache/inspect/errors.ts";
import type { ServerApi } from "../../cache/inspect/server-api.ts";
import type { SurveyedAction } from "../../cache/inspect/survey-shape.ts";
import { shortId } from "../cache-text.ts";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";
import { onlyServerFlags, requireServer } from "../server-target.ts";
import { actionText } from "../survey-text.ts";

/** `ballast cache diff` */
export const command = defineCommand({
  path: ["cache", "diff"],
  summary: "Show where the outputs of one compile action differ",
  details:
    "Takes an action (64 digits, or the first ones) of which scopes hold different compiled packages, or two outputs. Tells the " +
    "archive's members, and in the object the symbols. A difference in __.PKGDEF reaches every package that imports this one. " +
    "The exit status is 1 when they differ.",
  positionals: "ACTION | OUTPUT OUTPUT",
  flags: onlyServerFlags,
  examples: [{ line: "ballast cache diff 3f9a52c1d0", remark: "An action that `ballast cache conflicts` listed." }],
  run: async (context, given, names) => {
    if (names.length === 0 || names.length > 2 || !names.every((name) => /^[0-9a-f]{4,64}$/.test(name))) {
      throw cliErrors.error("cli/argument-invalid", "give one ACTION, or two OUTPUTs, in hex digits");
    }
    const api = requireServer(context, given);
    const found = names.length === 1 ? await findAction(api, names[0] ?? "") : undefined;
    const outputs = found === undefined ? names : [...new Set(found.writings.map(({ output }) => output))];
    const [first, ...others] = outputs;
    if (given.json !== true && found !== undefined) context.stdout.write(`${actionText(found)}\n`);
    for (const other of others) {
      const difference = compareArchives(await bodyOf(api, first ?? ""), await bodyOf(api, other));
      const json = { first, second: other, ...difference };
      context.stdout.write(
        given.json === true ? `${JSON.stringify(json)}\n` : differenceText(first ?? "", other, difference),
      );
    }
    if (others.length === 0 && given.json !== true) context.stdout.write("there is one output: nothing to compare\n");
    return others.length === 0 ? 0 : 1;
  },
});

async function findAction(api: ServerApi, prefix: string): Promise<SurveyedAction> {
  const matches: SurveyedAction[] = [];
  if (prefix.length === 64) for await (const one of api.survey("all", prefix)) matches.push(one);
  else for await (const one of api.survey("conflicts")) if (one.action.startsWith(prefix)) matches.push(one);
  const [found] = matches;
  if (found === undefined) throw inspectErrors.error("inspect/entry-not-found", `no conflict ${prefix} in ${api.url}`);
  const ids = new Set(matches.map(({ action }) => action));
  if (ids.size === 1) return matches.find(({ isConflict }) => isConflict) ?? found;
  throw inspectErrors.error("inspect/prefix-ambiguous", [...ids].slice(0, 6).join(", "));
}

async function bodyOf(api: ServerApi, output: string): Promise<Uint8Array> {
  const body = await api.output(output);
  if (body === undefined) throw inspectErrors.error("inspect/entry-not-found", `the body ${output} in ${api.url}`);
  return body;
}

function differenceText(first: string, second: string, difference: ArchiveDifference): string {
  const { compilers, members, isSeenByImporters } = difference;
  const lines = [`${shortId(first)} and ${shortId(second)}`];
  if (compilers !== undefined) lines.push(`  compiled by ${compilers.join(" and by ")}`);
  lines.push(...members.flatMap(memberLines));
  lines.push(`  importers ${isSeenByImporters ? "see the difference" : "see no difference"}`, "");
  return lines.join("\n");
}

function memberLines({ name, what, sizeBytes, firstOffset, near, symbols, symbolsInAll }: MemberDifference): string[] {
  if (what !== "differs") return [`  ${name}: only in the ${what === "only-first" ? "first" : "second"}`];
  const more = symbolsInAll - symbols.length;
  return [
    `  ${name}: ${sizeBytes.join(" and ")} bytes, different from byte ${firstOffset} on`,
    `    ${near[0]}`,
    `    ${near[1]}`,
    ...symbols.map((symbol) => `    symbol ${symbol.name}: ${symbol.what} (${symbol.sizeBytes.join(" and ")} bytes)`),
    ...(more > 0 ? [`    and ${more} more symbols`] : []),
  ];
}
