/** `ballast lab claims` on this machine's toolchain, against the page of the documentation. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runProcess } from "../../src/core/process.ts";

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

test("the page says what the lab finds", async () => {
  const written = join(home, "claims.md");
  const { exitCode, stderr, stdout } = await runProcess({
    argv: [executable, "lab", "claims", "--json", "--page", written, "--dir", join(home, "runs")],
    cwd: home,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], TMPDIR: tmpdir() },
    deadlineMs: 290_000,
  });
  expect([exitCode, stderr.includes("error")]).toEqual([0, false]);
  const [found, committed] = [readPage(readFileSync(written, "utf8")), readPage(readFileSync(pagePath, "utf8"))];
  expect(found.rows.length).toBeGreaterThan(35);
  if (found.minor === committed.minor) expect(found.rows).toEqual(committed.rows);
  else expect(found.verdicts()).toEqual(committed.verdicts());
  const { analysis } = JSON.parse(stdout) as { analysis: { claims: { verdict: string; evidence: string }[] } };
  const unverified = analysis.claims.filter(({ verdict }) => verdict === "unverified");
  // A machine with a C compiler judges all but what needs other machines.
  expect(unverified.map(({ evidence }) => evidence.split(" ")[0])).toEqual(["needs", "needs", "needs", "needs"]);
}, 300_000);
