/** `npm run soak -- hermetic`: a build that falls back to PATH, one that drifts, and one that does neither, 59 times each. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HermeticValue } from "../../src/lab/labs/hermetic/environments.ts";
import type { HermeticAnalysis } from "../../src/lab/labs/hermetic/lab.ts";
import { findComponent } from "../with-component.ts";
import { labAnswer } from "./lab-answer.ts";
import { testSeries } from "./series.ts";

const bazel = findComponent("bazel");
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ballast-hermetic-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A workspace whose one rule runs `cmd`. */
function workspaceOf(name: string, cmd: string): readonly string[] {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "WORKSPACE"), "");
  writeFileSync(join(folder, "main.go"), "package main\n\nfunc main() {}\n");
  const rule = `genrule(name = "program", srcs = ["main.go"], outs = ["program.bin"], cmd = "${cmd}")\n`;
  writeFileSync(join(folder, "BUILD"), rule);
  return ["--workspace", folder, "--target", "//:program", "--artefact", "bazel-bin/program.bin"];
}

const plants = [
  ["starts go of PATH", "HOME=$$PWD go version > $@", "repeats", ["go"]],
  ["writes the time", "date +%s%N > $@", "drifts", []],
  ["copies its source", "cat $(SRCS) > $@", "repeats", []],
] as const;

for (const [name, cmd, verdict, fallbacks] of plants) {
  const title = `a rule that ${name}: ${[verdict, ...fallbacks].join(", ")}`;
  if ("missing" in bazel) {
    test.skip(`${title} [skipped: bazel: ${bazel.missing}]`, () => undefined);
    continue;
  }
  testSeries(title, 10, async ({ first, runs }) => {
    const place = name.replaceAll(" ", "-");
    const words = ["hermetic", "--runs", String(runs), ...workspaceOf(place, cmd)];
    const { analysis, values } = await labAnswer<HermeticAnalysis, HermeticValue>(
      join(home, `${place}-${first}`),
      [join(bazel.folder, "bin")],
      words,
    );
    expect(values.map((value) => value.fallbacks)).toEqual(Array.from({ length: runs }, () => [...fallbacks]));
    const artefacts = verdict === "drifts" ? runs : 1;
    expect(analysis.results).toMatchObject([{ verdict, builds: runs, artefacts }]);
  });
}
