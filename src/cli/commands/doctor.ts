import { doctorChecks } from "../../build/doctor/checks.ts";
import { createDoctorContext } from "../../build/doctor/context.ts";
import { examine, examinationText } from "../../build/doctor/examination.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { systemClock } from "../../core/clock.ts";
import { exitStatus } from "../../core/errors.ts";
import { createProgress } from "../../core/progress.ts";
import { settingFlags } from "../../core/settings.ts";
import { createStyle } from "../../core/style.ts";
import { defineCommand } from "../command.ts";

/** `ballast doctor [--json]` */
export const command = defineCommand({
  path: ["doctor"],
  summary: "look for what keeps Go, its cache and the server from working together, and say how to mend it",
  details:
    "Run it where the build runs: in the job, in the checkout, with the job's user and variables. It changes nothing and " +
    "prints no secret. It asks the server at most eight times for a greeting, and gives up after 3 s.\n\n" +
    "Exit status 1 when there is a problem, something that Go or Ballast cannot work with; warnings alone are 0.",
  flags: {
    ...settingFlags(cacheSettings),
    json: { type: "boolean", doc: "Print one JSON object." },
  },
  examples: [
    { line: "ballast doctor", remark: "In a job's first step, or by hand." },
    { line: "ballast doctor --server http://cache:7420", remark: "Before the server is set for good." },
  ],
  run: async (context, flags) => {
    const { settingTables } = await import("../generated/setting-tables.ts");
    const { env, cwd, signal, stdout, stderr } = context;
    const progress = createProgress(stderr, systemClock);
    const doctor = createDoctorContext({ env, cwd, signal, flags, tables: settingTables, clock: systemClock });
    const examination = await examine(doctorChecks, doctor, progress.update).finally(() => progress.finish());
    const text = examinationText(examination, createStyle(stdout, env));
    stdout.write(flags.json === true ? `${JSON.stringify(examination)}\n` : text);
    return examination.counts.problem > 0 ? exitStatus.findings : exitStatus.ok;
  },
});
