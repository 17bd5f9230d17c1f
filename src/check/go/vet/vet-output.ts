/** What `go vet -json` prints, as findings. */

import { relative } from "node:path";

import type { Finding } from "../../finding.ts";
import type { RuleMeta } from "../../rule.ts";

interface Diagnostic {
  readonly posn: string;
  readonly end?: string;
  readonly message: string;
}

/**
 * The findings of those rules. Which of stdout and stderr holds the JSON depends on the version of Go, so `output` is both; it
 * is a sequence of objects between lines that begin with `#`. A package and its variant with tests say the same twice.
 */
export function vetFindings(output: string, root: string, rules: ReadonlyMap<string, RuleMeta>): Finding[] {
  const findings = new Map<string, Finding>();
  for (const [text] of output.matchAll(/^\{$[\s\S]*?^\}$/gm)) {
    const packages = parseObject(text);
    for (const analysers of Object.values(packages)) {
      for (const [name, diagnostics] of Object.entries(analysers)) {
        const rule = rules.get(`vet/${name}`);
        // An analyser that failed says `{"error": …}` instead of a list.
        if (rule === undefined || !Array.isArray(diagnostics)) continue;
        for (const diagnostic of diagnostics as Diagnostic[]) {
          const finding = findingOf(diagnostic, rule, root);
          findings.set(`${finding.rule} ${diagnostic.posn} ${finding.message}`, finding);
        }
      }
    }
  }
  return [...findings.values()];
}

function parseObject(text: string): Record<string, Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, Record<string, unknown>>;
  } catch {
    return {}; // cut off by the limit on output: what came before it was read
  }
}

function findingOf({ posn, end, message }: Diagnostic, rule: RuleMeta, root: string): Finding {
  const from = positionOf(posn);
  const to = end === undefined ? from : positionOf(end);
  return {
    rule: rule.id,
    category: rule.category,
    path: relative(root, from.path),
    line: from.line,
    column: from.column,
    endLine: to.line,
    endColumn: to.column,
    severity: rule.severity,
    confidence: "high",
    message,
    why: `go vet: ${rule.title}.`,
    related: [],
  };
}

function positionOf(text: string): { path: string; line: number; column: number } {
  const [, path = text, line = "1", column = "1"] = /^(.*?):(\d+)(?::(\d+))?$/.exec(text) ?? [];
  return { path, line: Number(line), column: Number(column) };
}
