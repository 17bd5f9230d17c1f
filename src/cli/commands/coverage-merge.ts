import { resolve } from "node:path";
import { coverageErrors } from "../../build/coverage/errors.ts";
import { type Measured, readMeasured } from "../../build/coverage/measured.ts";
import { openModuleFiles } from "../../build/coverage/module-files.ts";
import { coverErrors } from "../../go/cover/errors.ts";
import { mergeProfiles } from "../../go/cover/merge.ts";
import { figureOf, percentText } from "../../go/cover/profile.ts";
import { profileText } from "../../go/cover/write-profile.ts";
import { defineCommand } from "../command.ts";
import { coverageReportFlags, writePieces, writeReports } from "../coverage-output.ts";

/** `ballast coverage merge` */
export const command = defineCommand({
  path: ["coverage", "merge"],
  summary: "merge coverage profiles, and write them in other forms",
  details:
    "A block that ran anywhere ran: mode set is merged by OR, count and atomic by sum. Refused are profiles of different " +
    "modes, and profiles of different sources or toolchains, whose blocks overlap. Of a GOCOVERDIR folder the newest binary of " +
    "each program counts.",
  positionals: "PROFILE…",
  flags: {
    output: {
      type: "string",
      short: "o",
      valueName: "FILE",
      doc: "Write the profile here; on standard output without it.",
    },
    ...coverageReportFlags,
  },
  examples: [
    { line: "ballast coverage merge unit.out integration.out -o cover.out", remark: "One profile of two test runs." },
    {
      line: "ballast coverage merge cover.out --cobertura cover.xml -o merged.out",
      remark: "For GitLab's merge requests.",
    },
    { line: "ballast coverage merge ./covdata -o cover.out", remark: "What covered programs left in GOCOVERDIR." },
  ],
  run: (context, given, names) => {
    if (names.length === 0) throw coverageErrors.error("build/coverage-nothing-given", "there is nothing to merge");
    const measured = names.map((name) => readMeasured(resolve(context.cwd, name)));
    refuseStrangers(measured);
    const merged = mergeProfiles(
      measured.map(({ name, profile, newest }) => ({ name, profile: newest?.profile ?? profile })),
    );
    if (given.output === undefined) for (const piece of profileText(merged)) context.stdout.write(piece);
    else writePieces(resolve(context.cwd, given.output), profileText(merged));
    writeReports(merged, given, context.cwd, openModuleFiles(context.cwd));
    const figure = figureOf(merged);
    context.stderr.write(
      `ballast: ${names.length} merged: ${percentText(figure)} (${figure.covered} of ${figure.statements} statements)\n`,
    );
    return Promise.resolve(0);
  },
});

/** Blocks that do not overlap may still be of two toolchains or two sources; the records say so. */
function refuseStrangers(measured: readonly Measured[]): void {
  const hashes = new Map<string, readonly [hash: string, name: string]>();
  let first: readonly [toolchain: string, name: string] | undefined;
  for (const { name, record } of measured) {
    if (record === undefined) continue;
    first ??= [record.toolchain, name];
    if (record.toolchain !== first[0]) {
      throw contradiction(`${first[1]} is by ${first[0]}, ${name} by ${record.toolchain}`);
    }
    for (const [file, { hash }] of Object.entries(record.files)) {
      const known = hashes.get(file);
      const isOther = known !== undefined && known[0] !== hash;
      if (isOther) throw contradiction(`${file} is another in ${known[1]} than in ${name}`);
      hashes.set(file, [hash, name]);
    }
  }
}

function contradiction(detail: string): Error {
  return coverErrors.error("go/cover-blocks-contradict", detail);
}
