/** Running the checks, and the report of `ballast doctor`. */

import { BallastError } from "../../core/errors.ts";
import type { Style } from "../../core/style.ts";
import { formatTable } from "../../core/table.ts";
import type { CheckResult, CheckStatus, DoctorCheck, DoctorContext } from "./check.ts";

export type CheckReport = CheckResult & Pick<DoctorCheck, "id" | "title">;

export interface Examination {
  readonly checks: readonly CheckReport[];
  readonly counts: Readonly<Record<CheckStatus, number>>;
}

/** Runs the checks one after the other, so that none disturbs the times that another takes. */
export async function examine(
  checks: readonly DoctorCheck[],
  context: DoctorContext,
  onStart: (title: string) => void,
): Promise<Examination> {
  const reports: CheckReport[] = [];
  const counts = { ok: 0, warning: 0, problem: 0, skipped: 0 };
  for (const check of checks) {
    onStart(check.title);
    const result = await runCheck(check, context);
    context.signal.throwIfAborted();
    counts[result.status]++;
    reports.push({ id: check.id, title: check.title, ...result });
  }
  return { checks: reports, counts };
}

/** A check that could not look is a finding too; what is not of the table is a bug and goes on up. */
async function runCheck(check: DoctorCheck, context: DoctorContext): Promise<CheckResult> {
  try {
    return await check.run(context);
  } catch (cause) {
    if (!(cause instanceof BallastError)) throw cause;
    const { what, why, todo } = cause.spec;
    return { status: "problem", found: `${what}: ${cause.message}`, why, todo };
  }
}

/** A table of all checks, then what to do about each that is not well, then the counts. */
export function examinationText({ checks, counts }: Examination, style: Style): string {
  const rows = checks.map(({ status, id, found }) => [status, id, found]);
  const details = checks.flatMap((report) =>
    report.status === "warning" || report.status === "problem" ? adviceText(report, style) : [],
  );
  const table = colourStatus(formatTable(["status", "check", "found"], rows, { styleTitle: style.bold }), style);
  return [table, ...details, `\n${countText(counts)}\n`].join("");
}

const statusColours = { ok: "green", warning: "yellow", problem: "red", skipped: "dim" } as const satisfies Record<
  CheckStatus,
  keyof Style
>;

function colourStatus(table: string, style: Style): string {
  return table.replace(/^(?:ok|warning|problem|skipped)\b/gm, (word) =>
    style[statusColours[word as CheckStatus]](word),
  );
}

function adviceText(report: CheckReport & { readonly status: "warning" | "problem" }, style: Style): string {
  const { status, title, found, why, todo, details = [] } = report;
  const lines = [
    `\n${style[statusColours[status]](status)}: ${title}`,
    `  found: ${found}`,
    ...details.map((line) => `    - ${line}`),
    `  why: ${why}`,
    `  fix: ${todo}`,
  ];
  return `${lines.join("\n")}\n`;
}

function countText({ ok, warning, problem, skipped }: Examination["counts"]): string {
  const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return `${ok} ok, ${plural(warning, "warning")}, ${plural(problem, "problem")}, ${skipped} skipped`;
}
