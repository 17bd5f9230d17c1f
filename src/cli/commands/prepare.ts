import { resolve } from "node:path";

import { type PrepareReport, prepareCheckout, timeSources } from "../../build/prepare/prepare.ts";
import { systemClock } from "../../core/clock.ts";
import { formatCount } from "../../core/human-units.ts";
import { createProgress } from "../../core/progress.ts";
import { defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";

/** `ballast prepare [--from content|commit] [DIR]` */
export const command = defineCommand({
  path: ["prepare"],
  summary: "set the times of a fresh checkout's files, so that Go's test cache works across checkouts",
  details:
    "Go's test cache knows the files that a test read by size, mode and time, not by content. A fresh checkout gives every " +
    "file the time of the checkout, so every test that reads a file runs again. This command gives each tracked file, link " +
    "and folder of the checkout that DIR lies in (the working directory by default) a time that a second checkout of the same " +
    "content gets as well. What is untracked, changed or staged keeps its own time. No symlink is followed.\n\n" +
    "--from content makes the time of the content's hash, in the years 1990 to 2007: equal content, equal time, on any branch " +
    "and without any history. --from commit takes the time of the last commit that touched the file, and needs the whole " +
    "history (a shallow checkout has none); below the second it is made of the content too.\n\n" +
    "The danger: Go takes a file whose size and time are the same for unchanged (golang/go#58571). Here two contents share a " +
    "time with a chance of 1 in 5 × 10^14 by content, and of 1 in 10^6 by commit if both were committed in the same second. " +
    "What compares times to see what is older (make, for one) finds the order of the commits, or with --from content no order " +
    "at all: use it on fresh checkouts, not on a tree that you build with make.",
  positionals: "[DIR]",
  flags: {
    from: { type: "choice", choices: timeSources, default: "content", doc: "What the times are made of." },
    json: { type: "boolean", doc: "Print one JSON object." },
  },
  examples: [
    {
      line: "ballast prepare && ballast go test ./...",
      remark: "In CI, after the checkout and before the first test.",
    },
    { line: "ballast prepare --from commit src", remark: "By history; needs `fetch-depth: 0` or its like." },
  ],
  run: async (context, flags, [folder = ".", extra]) => {
    if (extra !== undefined) throw cliErrors.error("cli/argument-unexpected", JSON.stringify(extra));
    const progress = createProgress(context.stderr, systemClock);
    const report = await prepareCheckout({
      folder: resolve(context.cwd, folder),
      from: flags.from,
      nowMs: systemClock.nowMs(),
      signal: context.signal,
      onProgress: progress.update,
    }).finally(() => progress.finish());
    for (const line of remarks(report)) context.stderr.write(`ballast: ${line}\n`);
    context.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : reportText(report));
    return 0;
  },
});

function reportText({ files, folders, from, kept }: PrepareReport): string {
  const source = from === "content" ? "their content" : "their last commit";
  const left = [
    [kept.changed, "changed"],
    [kept.submodules, "submodules"],
    [kept.unusable, "not there or not readable"],
  ] as const;
  const named = left.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
  const tail = named.length === 0 ? "" : `; left alone: ${named.join(", ")}`;
  return `${formatCount(files)} files and ${formatCount(folders)} folders carry times made of ${source}${tail}\n`;
}

function remarks(report: PrepareReport): string[] {
  const lines: string[] = [];
  if (report.from === "commit" && report.isShallow) {
    lines.push(
      "this checkout has no full history, so most files carry the time of its oldest commit and Go's test cache will hit " +
        "for that commit only; fetch the history (fetch-depth: 0), or use --from content",
    );
  }
  if (report.tooNew > 0) {
    lines.push(
      `${formatCount(report.tooNew)} files were committed less than 2 s ago or in the future; Go does not cache tests that read them`,
    );
  }
  return lines;
}
