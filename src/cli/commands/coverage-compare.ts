import { resolve } from "node:path";
import { coverageChanges } from "../../build/coverage/changes.ts";
import { type ChangedLines, coverageOfChanges } from "../../build/coverage/changed-lines.ts";
import { coverageErrors } from "../../build/coverage/errors.ts";
import type { CoverTool } from "../../build/coverage/file-facts.ts";
import { judgeCoverage } from "../../build/coverage/judge.ts";
import { type Measured, readMeasured } from "../../build/coverage/measured.ts";
import { openModuleFiles } from "../../build/coverage/module-files.ts";
import { withSourcesHere } from "../../build/coverage/sources-here.ts";
import type { SeenPercent } from "../../build/coverage/verdict.ts";
import { findGo } from "../../build/go-run.ts";
import { exitStatus, hasCode } from "../../core/errors.ts";
import { percentOf } from "../../go/cover/profile.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { coverageReportFlags, writeReports } from "../coverage-output.ts";
import { comparisonText } from "../coverage-text.ts";

/** `ballast coverage compare` */
export const command = defineCommand({
  path: ["coverage", "compare"],
  summary: "tell a true change of coverage from a false one",
  details:
    "OLD and NEW are profiles of `go test -coverprofile`, with the records that `ballast go` left beside them, or folders that " +
    "GOCOVERDIR named. The verdict is `true`, `false` or `undetermined`; a bare profile names no toolchain, package set or " +
    "commit, so a change between two of them often cannot be judged. NEW is taken to be of the sources in the working " +
    "directory. The exit status is 1 only when coverage truly fell, or when changed lines are below --threshold.",
  positionals: "OLD NEW",
  flags: {
    seen: {
      type: "string",
      valueName: "OLD,NEW",
      doc: "The two percentages that another tool showed: judge these in place of Go's own, as in `--seen 62,98`.",
    },
    diff: { type: "string", valueName: "BASE", doc: "Also tell the coverage of lines that changed since this commit." },
    threshold: {
      type: "number",
      min: 0,
      max: 100,
      valueName: "PERCENT",
      doc: "With --diff: fail when fewer of the changed lines ran.",
    },
    ...coverageReportFlags,
    limit: { type: "number", integer: true, min: 1, default: 20, doc: "At most so many rows in each table." },
    json: { type: "boolean", doc: "Print one JSON object." },
  },
  examples: [
    { line: "ballast coverage compare main.out cover.out", remark: "Is the change a true one?" },
    {
      line: "ballast coverage compare main.out cover.out --diff origin/main --threshold 80",
      remark: "And do the tests run what was changed?",
    },
  ],
  run: async (context, given, names) => {
    const [oldName, newName, ...rest] = names;
    if (oldName === undefined || newName === undefined || rest.length > 0) {
      throw coverageErrors.error("build/coverage-nothing-given", `${names.length} names, and two are compared`);
    }
    const modules = openModuleFiles(context.cwd);
    const old = readMeasured(resolve(context.cwd, oldName));
    const later = await withSourcesHere(readMeasured(resolve(context.cwd, newName)), modules, coverTool(context));
    const { judgement, profiles } = judgeCoverage(old, later, readSeen(given.seen));
    const changes = coverageChanges(profiles, old, later);
    const place = { cwd: context.cwd, modules, signal: context.signal };
    const whole = currentProfile(later);
    const lines = given.diff === undefined ? undefined : await coverageOfChanges(whole, given.diff, place);
    writeReports(whole, given, context.cwd, modules);
    const shown = { judgement, changes, lines, threshold: given.threshold };
    const json = { old: oldName, new: newName, ...judgement, changes, ...(lines && { changedLines: lines }) };
    context.stdout.write(given.json === true ? `${JSON.stringify(json)}\n` : comparisonText(shown, given.limit));
    const isTooLow = isBelow(lines, given.threshold);
    return judgement.isTrueFall || isTooLow ? exitStatus.findings : exitStatus.ok;
  },
});

/** Throws `build/coverage-seen-invalid`. */
function readSeen(text: string | undefined): SeenPercent | undefined {
  if (text === undefined) return undefined;
  const [, old, later] = /^(\d+(?:\.\d+)?)%?,(\d+(?:\.\d+)?)%?$/.exec(text) ?? [];
  if (old !== undefined && later !== undefined) return { old: Number(old), new: Number(later) };
  throw coverageErrors.error("build/coverage-seen-invalid", `--seen ${JSON.stringify(text)}`);
}

/** What Go alone can tell; without one, it stays untold. */
function coverTool({ env, cwd }: CommandContext): CoverTool | undefined {
  try {
    return { go: findGo(env, cwd), cwd, env };
  } catch (cause) {
    if (hasCode(cause, "build/go-not-found")) return undefined;
    throw cause;
  }
}

function currentProfile({ newest, profile }: Measured): Measured["profile"] {
  return newest?.profile ?? profile;
}

function isBelow(lines: ChangedLines | undefined, threshold: number | undefined): boolean {
  if (lines === undefined || threshold === undefined || lines.lines === 0) return false;
  return percentOf({ covered: lines.covered, statements: lines.lines }) < threshold;
}
