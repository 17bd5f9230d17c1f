import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { labFlags } from "../../lab/lab-flags.ts";
import { defineCommand } from "../command.ts";

/** `ballast lab claims` */
export const command = defineCommand({
  path: ["lab", "claims"],
  summary: "run what is said about Go's cache and scheduler as experiments on this toolchain",
  details:
    "Each claim of the document that Ballast began with is an experiment of seconds: a program, a build, or a look into " +
    "the toolchain's own source. Verdicts: true, outdated, false, depends, and unverified where what it takes is not " +
    "here. docs/reference/claims.md is its output.",
  flags: {
    only: { type: "string", valueName: "ID", doc: "Only claims whose id begins so: 2.3, 3." },
    page: { type: "string", valueName: "FILE", doc: "Also write the table as a Markdown page." },
    ...labFlags,
  },
  examples: [
    { line: "ballast lab claims", remark: "All of them; about a minute." },
    { line: "ballast lab claims --only 2.3", remark: "What chapter 2.3 says of GOCACHE=off." },
  ],
  run: async (context, flags) => {
    const [{ claimsLab, claimsPage }, { runLabCommand }] = await Promise.all([
      import("../../lab/labs/claims/lab.ts"),
      import("../lab-command.ts"),
    ]);
    const { page } = flags;
    const lab: typeof claimsLab = {
      ...claimsLab,
      open: async (input, bench) => {
        const experiment = await claimsLab.open(input, bench);
        if (page === undefined) return experiment;
        const go = experiment.facts.find(([name]) => name === "go")?.[1] ?? "go";
        const report: typeof experiment.report = (analysis) => {
          writeFileSync(resolve(context.cwd, page), claimsPage(analysis, go));
          return experiment.report(analysis);
        };
        return { ...experiment, report };
      },
    };
    return runLabCommand(context, lab, flags, { only: flags.only }, () => ({ only: flags.only ?? "" }));
  },
});
