/** Workflow commands, which GitHub Actions shows as annotations of a change. */

import type { Severity } from "./finding.ts";
import type { Report } from "./report.ts";

const commands = { error: "error", warning: "warning", info: "notice" } as const satisfies Record<Severity, string>;

/** One line for each finding and for each place that was only partly checked. */
export function githubReport({ findings, partial }: Report): string {
  const lines = findings.map(({ path, line, column, endLine, endColumn, severity, rule, message, why }) => {
    // GitHub takes columns only where a finding lies on one line.
    const columns = line === endLine ? { col: column, endColumn } : {};
    const properties = { file: path, line, endLine, ...columns, title: rule };
    return command(commands[severity], properties, `${message}\n${why}`);
  });
  const notes = partial.map(({ path, line, reason }) =>
    command("notice", { file: path, line, title: "partly checked" }, reason),
  );
  return [...lines, ...notes].map((line) => `${line}\n`).join("");
}

function command(name: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const shown = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name} ${shown.join(",")}::${escapeData(message)}`;
}

/** As GitHub's runner unescapes it. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
