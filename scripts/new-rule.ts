/** `npm run new-rule -- AREA/WHAT-IS-WRONG`: makes a rule's folder with everything that the rules' suite asks for. */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { version } from "../package.json" with { type: "json" };
import { areas } from "../src/check/rule.ts";
import type { Area } from "../src/check/rule.ts";

const root = join(import.meta.dir, "..");
const form = /^(go|ci|docker|k8s)\/([a-z0-9]+(?:-[a-z0-9]+)*)$/;

const types: Readonly<Record<Area, { readonly type: string; readonly from: string; readonly parameter: string }>> = {
  go: { type: "GoRule", from: "../../../go/rule.ts", parameter: "pkg" },
  ci: { type: "CiRule", from: "../../../ci/rule.ts", parameter: "model" },
  docker: { type: "DockerRule", from: "../../../image/rule.ts", parameter: "model" },
  k8s: { type: "K8sRule", from: "../../../k8s/rule.ts", parameter: "model" },
};

function main([id, extra]: readonly string[]): number {
  const [, areaName, name] = form.exec(id ?? "") ?? [];
  const area = areas.find((one) => one === areaName);
  if (area === undefined || name === undefined || extra !== undefined) {
    console.error(`usage: npm run new-rule -- AREA/WHAT-IS-WRONG, where AREA is one of ${areas.join(", ")}`);
    return 2;
  }
  const folder = `src/check/rules/${area}/${name}`;
  if (existsSync(join(root, folder))) {
    console.error(`${folder} is there already`);
    return 2;
  }
  mkdirSync(join(root, folder, "fixtures"), { recursive: true });
  writeFileSync(join(root, folder, "rule.ts"), ruleSource(area, `${area}/${name}`));
  writeFileSync(join(root, folder, "doc.md"), page(`${area}/${name}`, area));
  console.log(
    `made ${folder}. Now: fixtures/bad-….* and good-….* (six of each, two with "From: URL" in the first line),`,
  );
  console.log(`the page, the rule; then npm run generate, and npm test -- contract check-rules`);
  return 0;
}

function ruleSource(area: Area, id: string): string {
  const { type, from, parameter } = types[area];
  return `import type { ${type} } from "${from}";

export const rule: ${type} = {
  meta: {
    id: "${id}",
    title: "${titleOf(id)}",
    category: "resilience",
    severity: "warning",
    since: "${version}",
    byDefault: true,
  },
  check(${parameter}, report) {
    // Look at ${parameter} and call report(place, { message, why }) for each place that is wrong.
    void [${parameter}, report];
  },
};
`;
}

function page(id: string, area: Area): string {
  const depth = area === "go" ? "| depth | syntax |\n" : "";
  const language = { go: "go", ci: "yaml", docker: "dockerfile", k8s: "yaml" }[area];
  const block = `\`\`\`${language}\n\`\`\``;
  return `# ${id}: ${titleOf(id)}

| | |
|---|---|
| category | resilience |
| severity | warning |
| since | ${version} |
| fix | none |
${depth}
## What

## Why

## Wrong

${block}

## Right

${block}

## When to suppress

## Sources
`;
}

function titleOf(id: string): string {
  return (id.split("/")[1] ?? "").replaceAll("-", " ");
}

process.exit(main(process.argv.slice(2)));
