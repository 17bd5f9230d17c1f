import { allRules } from "../../check/engine/rule-table.ts";
import { checkErrors } from "../../check/engine/errors.ts";
import type { RuleMeta } from "../../check/rule.ts";
import { createStyle } from "../../core/style.ts";
import { didYouMean } from "../../core/suggestion.ts";
import { formatTable } from "../../core/table.ts";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";

/** `ballast explain RULE` */
export const command = defineCommand({
  path: ["explain"],
  summary: "print what a rule of ballast check means, with code that is wrong and code that is right",
  details: "The same pages are in docs/reference/rules.md.",
  positionals: "[RULE]",
  flags: {
    list: { type: "boolean", doc: "List all rules." },
    json: { type: "boolean", doc: "Print one JSON object, or with --list one array." },
  },
  examples: [
    { line: "ballast explain --list", remark: "All rules, with what each is about." },
    { line: "ballast explain check/suppression-without-reason", remark: "One rule's page." },
  ],
  run: async ({ stdout, env }, flags, [id, extra]) => {
    if (extra !== undefined) throw cliErrors.error("cli/argument-unexpected", JSON.stringify(extra));
    const metas = allRules();
    const style = createStyle(stdout, env);
    if (flags.list === true) {
      if (id !== undefined) throw cliErrors.error("cli/argument-unexpected", `${JSON.stringify(id)} with --list`);
      stdout.write(flags.json === true ? `${JSON.stringify(metas)}\n` : listText(metas, style.bold));
      return 0;
    }
    if (id === undefined) throw cliErrors.error("cli/argument-invalid", "which rule? `--list` lists them");
    const meta = metas.find((one) => one.id === id);
    if (meta === undefined) {
      const hint = didYouMean(
        id,
        metas.map((one) => one.id),
      );
      throw checkErrors.error("check/rule-unknown", `${id}${hint}`);
    }
    const { ruleDocs } = await import("../../check/generated/rule-docs.ts");
    const page = ruleDocs[id] ?? shortPage(meta);
    stdout.write(flags.json === true ? `${JSON.stringify({ ...meta, page })}\n` : pageText(page, style.bold));
    return 0;
  },
});

function listText(metas: readonly RuleMeta[], bold: (text: string) => string): string {
  const rows = metas.map(({ id, category, severity, title, byDefault }) => [
    id,
    category,
    severity,
    byDefault ? title : `${title} (off by default)`,
  ]);
  return formatTable(["rule", "category", "severity", "what is wrong"], rows, { styleTitle: bold });
}

/** Of a rule that has no folder. */
function shortPage({ id, title, category, severity }: RuleMeta): string {
  return `# ${id}: ${title}\n\nCategory: ${category}. Severity: ${severity}. See docs/guides/check.md.\n`;
}

/** Markdown as it is, with its headings set off: it is written to be read so. */
function pageText(page: string, bold: (text: string) => string): string {
  return page.replace(/^#+ (.+)$/gm, (_, heading: string) => bold(heading)).replace(/\n*$/, "\n");
}
