/** SARIF 2.1.0 (OASIS), as GitHub's and others' code scanning read it. */

import type { Finding, Fix, Partial, Severity } from "./finding.ts";
import type { Report, ReportRule } from "./report.ts";

const schemaUri = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const levels = { error: "error", warning: "warning", info: "note" } as const satisfies Record<Severity, string>;
/** Paths are relative to the folder that was checked; whoever reads the report knows where that is. */
const baseId = "%SRCROOT%";

type LineText = Report["lineText"];

/** One log with one run. Every rule is listed, also those that found nothing. */
export async function sarifReport(report: Report): Promise<string> {
  const rules = await report.rules();
  const ruleIndex = new Map(rules.map(({ id }, index) => [id, index]));
  const results = report.findings.map((finding, index) => ({
    ...resultOf(finding, report.lineText),
    ...(ruleIndex.has(finding.rule) ? { ruleIndex: ruleIndex.get(finding.rule) } : {}),
    partialFingerprints: fingerprintsOf(report.fingerprints[index] ?? ""),
  }));
  const run = {
    tool: { driver: { name: "Ballast", version: report.toolVersion, rules: rules.map(descriptor) } },
    originalUriBaseIds: { [baseId]: { description: { text: "The folder that was checked." } } },
    columnKind: "utf16CodeUnits",
    invocations: [{ executionSuccessful: true, toolExecutionNotifications: report.partial.map(notificationOf) }],
    results,
  };
  return `${JSON.stringify({ $schema: schemaUri, version: "2.1.0", runs: [run] }, undefined, 2)}\n`;
}

/** GitHub matches alerts across commits by the first of these names. */
function fingerprintsOf(fingerprint: string): Readonly<Record<string, string>> {
  return { primaryLocationLineHash: fingerprint, "ballastFinding/v1": fingerprint };
}

function descriptor(rule: ReportRule): object {
  const text = `${rule.title.slice(0, 1).toUpperCase()}${rule.title.slice(1)}.`;
  return {
    id: rule.id,
    shortDescription: { text },
    fullDescription: { text },
    help: { text: rule.doc === "" ? text : rule.doc, ...(rule.doc === "" ? {} : { markdown: rule.doc }) },
    helpUri: rule.helpUri,
    defaultConfiguration: { level: levels[rule.severity], enabled: rule.byDefault },
    properties: { category: rule.category, since: rule.since, tags: [rule.category] },
  };
}

function resultOf(finding: Finding, lineText: LineText): object {
  const { rule, severity, message, why, related, confidence, category, fix } = finding;
  return {
    ruleId: rule,
    level: levels[severity],
    message: { text: `${message}\n${why}` },
    locations: [
      { physicalLocation: { artifactLocation: locationOf(finding.path), region: regionOf(finding, lineText) } },
    ],
    relatedLocations: related.map((other, index) => ({
      id: index + 1,
      message: { text: other.message },
      physicalLocation: { artifactLocation: locationOf(other.path), region: { startLine: other.line } },
    })),
    ...(fix === undefined ? {} : { fixes: [fixOf(fix)] }),
    properties: { confidence, category },
  };
}

function locationOf(path: string): object {
  return { uri: path.split("/").map(encodeURIComponent).join("/"), uriBaseId: baseId };
}

function regionOf(finding: Finding, lineText: LineText): object {
  const { path, line, column, endLine, endColumn } = finding;
  return {
    startLine: line,
    startColumn: utf16Column(lineText(path, line), column),
    endLine,
    endColumn: utf16Column(lineText(path, endLine), endColumn),
  };
}

/** A column in bytes as a column in UTF-16 units, both from 1. */
function utf16Column(text: string | undefined, column: number): number {
  return text === undefined
    ? column
    : Buffer.from(text)
        .subarray(0, column - 1)
        .toString().length + 1;
}

function fixOf({ title, edits }: Fix): object {
  const byPath = Map.groupBy(edits, ({ path }) => path);
  const artifactChanges = [...byPath].map(([path, own]) => ({
    artifactLocation: locationOf(path),
    replacements: own.map(({ start, end, text }) => ({
      deletedRegion: { charOffset: start, charLength: end - start },
      insertedContent: { text },
    })),
  }));
  return { description: { text: title }, artifactChanges };
}

function notificationOf({ path, line, reason }: Partial): object {
  return {
    level: "warning",
    message: { text: `Partly checked: ${reason}` },
    locations: [{ physicalLocation: { artifactLocation: locationOf(path), region: { startLine: Math.max(1, line) } } }],
  };
}
