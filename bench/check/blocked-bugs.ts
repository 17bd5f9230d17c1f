/**
 * `bun bench/check/blocked-bugs.ts [--list]`: how many of the blocking bugs of real projects that Go itself carries (the
 * GoBench kernels below runtime/testdata, Go 1.26) the checker reports by default. Each bug is a package of its own, as
 * GoBench has it. Whether a finding names the right cause is for a reader to judge: `--list` prints them.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { createReport } from "../../src/check/area.ts";
import type { Finding } from "../../src/check/finding.ts";
import { loadRules } from "../../src/check/generated/rules.ts";
import type { GoPlace } from "../../src/check/go/program.ts";
import type { GoRule } from "../../src/check/go/rule.ts";
import { packageFromSource } from "../../src/check/go/syntax/package-from-source.ts";

const blocking: ReadonlySet<string> = new Set(["deadlock", "goroutine-leak"]);

function findIn(rules: readonly GoRule[], files: Readonly<Record<string, string>>): Finding[] {
  const findings: Finding[] = [];
  const pkg = packageFromSource(files);
  for (const rule of rules) {
    rule.check(
      pkg,
      createReport(rule.meta, (place: GoPlace) => place, findings),
    );
  }
  return findings.filter(({ confidence }) => confidence !== "low");
}

async function main(): Promise<void> {
  const { stdout } = Bun.spawnSync(["go", "env", "GOROOT"]);
  const folder = join(stdout.toString().trim(), "src/runtime/testdata/testgoroutineleakprofile/goker");
  const rules = (await loadRules.go()).filter(({ meta }) => meta.byDefault && blocking.has(meta.category));
  const names = readdirSync(folder).filter((name) => name.endsWith(".go") && name !== "main.go");
  const shared = readFileSync(join(folder, "main.go"), "utf8");
  const missed: string[] = [];
  for (const name of names) {
    const findings = findIn(rules, { [name]: readFileSync(join(folder, name), "utf8"), "main.go": shared });
    if (findings.length === 0) missed.push(name.replace(".go", ""));
    if (!process.argv.includes("--list")) continue;
    for (const { rule, path, line, message } of findings) console.log(`${path}:${line} ${rule} ${message}`);
  }
  const found = names.length - missed.length;
  console.log(`bugs with a finding  ${found} of ${names.length} (${((100 * found) / names.length).toFixed(1)} %)`);
  console.log(`none                 ${missed.join(", ")}`);
}

await main();
