/** `ballast lab claims` on this machine's toolchain, against the page of the documentation. */

import { afterAll, beforeAll, expect } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { quotaTrouble } from "../../src/core/cgroup/quota-group.ts";
import { runProcess } from "../../src/core/process.ts";
import { type ImageBuilder, startImageBuilder } from "../image-builder.ts";
import { testWithAll } from "../with-component.ts";

const limitTrouble = await quotaTrouble();
const executable = process.env["BALLAST_TEST_EXECUTABLE"] ?? "";
const pagePath = new URL("../../docs/reference/claims.md", import.meta.url).pathname;
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "ballast-claims-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The version that a page is about, and its rows; without evidence they hold for other versions as well. */
function readPage(text: string): {
  readonly minor: string;
  readonly rows: readonly string[];
  verdicts(): readonly string[];
} {
  const rows = text.split("\n").filter((line) => /^\| \d/.test(line));
  return {
    minor: /found with go(\d+\.\d+)/.exec(text)?.[1] ?? "",
    rows,
    verdicts: () => rows.map((row) => row.split(" | ").slice(0, 3).join(" | ")),
  };
}

async function judge(written: string, { env }: ImageBuilder): Promise<string> {
  const { exitCode, stderr, stdout } = await runProcess({
    argv: [executable, "lab", "claims", "--json", "--page", written, "--dir", join(home, "runs")],
    cwd: home,
    env: { ...env, HOME: process.env["HOME"], TMPDIR: tmpdir() },
    deadlineMs: 290_000,
  });
  expect([exitCode, stderr.includes("error")]).toEqual([0, false]);
  return stdout;
}

testWithAll(
  ["buildkit", "runc"],
  "the page says what the lab finds",
  async (folders) => {
    const written = join(home, "claims.md");
    const builder = await startImageBuilder(folders);
    let stdout: string;
    try {
      stdout = await judge(written, builder);
    } finally {
      await builder.stop();
    }
    const [found, committed] = [readPage(readFileSync(written, "utf8")), readPage(readFileSync(pagePath, "utf8"))];
    expect(found.rows.length).toBeGreaterThan(35);
    // The page was written where a limit can be set.
    const told = (rows: readonly string[]): readonly string[] =>
      limitTrouble === undefined ? rows : rows.filter((row) => !row.includes("100m leaves"));
    if (found.minor === committed.minor) expect(told(found.rows)).toEqual(told(committed.rows));
    else expect(found.verdicts()).toEqual(committed.verdicts());
    const { analysis } = JSON.parse(stdout) as { analysis: { claims: { id: string; verdict: string }[] } };
    const unverified = analysis.claims.filter(({ verdict }) => verdict === "unverified").map(({ id }) => id);
    // With a C compiler, root and a builder all are judged but what needs the components ci-platforms and nixpkgs.
    const withoutLimit = limitTrouble === undefined ? [] : ["3.2 quota"];
    expect(unverified).toEqual([...withoutLimit, "4.2 platforms", "4.4 nix"]);
  },
  300_000,
);
