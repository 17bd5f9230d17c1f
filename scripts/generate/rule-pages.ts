/** docs/reference/rules.md: every rule's page in one, made from the rules' own. */

import type { RuleFolder } from "./rule-registry.ts";

const intro = `\`ballast explain RULE\` prints one of these. Each rule is a folder of \`src/check/rules/\`, with this page, its fixtures
and its code; the examples here are run through the rule by the tests. [The guide](../guides/check.md) says how to use the
checker, and has the rules about suppressions.`;

/** Text by path. */
export function generateRulePages(rules: readonly RuleFolder[]): Map<string, string> {
  const rows = rules.map(({ id, meta: { title, category, severity, byDefault } }) => {
    const shown = title.replaceAll("|", "\\|");
    return `| [\`${id}\`](#${anchor(`${id}: ${title}`)}) | ${category} | ${severity} | ${byDefault ? "" : "off: "}${shown} |`;
  });
  const table = ["| Rule | Category | Severity | What is wrong |", "|---|---|---|---|", ...rows].join("\n");
  const pages = rules.map(({ doc }) => deeper(doc).trim());
  const parts = ["<!-- Written by `npm run generate`; do not edit. -->\n\n# Rules", intro, table, ...pages];
  return new Map([["docs/reference/rules.md", `${parts.join("\n\n")}\n`]]);
}

/** Headings one level down, outside of code. */
function deeper(doc: string): string {
  return doc
    .split(/(^```[^]*?^```$)/m)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/^#/gm, "##")))
    .join("");
}

/** As GitHub makes anchors of headings. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}
