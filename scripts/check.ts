/**
 * `npm run check`: every static check, side by side. `npm run fix`: formats, and applies the linter's safe fixes.
 * Prints one line per tool and, for those that failed, what they said. Exits 0 when all passed, else 1.
 */

import { existsSync } from "node:fs";

interface Tool {
  readonly name: string;
  readonly command: readonly string[];
  /** What a person does about a failure. */
  readonly todo: string;
}

interface Outcome {
  readonly tool: Tool;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

const bun = process.execPath;
const bin = (name: string): string => `node_modules/.bin/${name}`;

/** Longest first, so that the short ones fill the other core. */
const checks: readonly Tool[] = [
  { name: "tsc", command: [bin("tsc"), "--noEmit"], todo: "mend the types" },
  {
    name: "oxlint",
    command: [bin("oxlint"), "--type-aware", "--deny-warnings", "--report-unused-disable-directives"],
    todo: "`npm run fix` mends some; docs/STYLE.md says why each rule is there",
  },
  {
    name: "knip",
    command: [bin("knip"), "--no-progress", "--no-config-hints"],
    todo: "remove what nothing uses, or use it",
  },
  {
    name: "knip --production",
    command: [bin("knip"), "--no-progress", "--no-config-hints", "--production", "--include", "files,dependencies"],
    todo: "a file that only tests reach is not part of the product: remove it, or use it",
  },
  {
    name: "generate --check",
    command: [bun, "scripts/generate.ts", "--check"],
    todo: "`npm run generate`, then commit the files it names",
  },
  { name: "oxfmt", command: [bin("oxfmt"), "--check", "."], todo: "`npm run fix`" },
];

const fixes: readonly Tool[] = [
  { name: "oxlint --fix", command: [bin("oxlint"), "--type-aware", "--fix"], todo: "mend the rest by hand" },
  { name: "oxfmt", command: [bin("oxfmt"), "."], todo: "mend the syntax error that it names" },
];

async function runTool(tool: Tool): Promise<Outcome> {
  const startedMs = performance.now();
  const child = Bun.spawn({ cmd: [...tool.command], stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { tool, passed: status === 0, seconds: (performance.now() - startedMs) / 1000, output: stdout + stderr };
}

function print(outcome: Outcome): void {
  const { tool, passed, seconds, output } = outcome;
  console.log(`${passed ? "ok    " : "FAILED"} ${tool.name.padEnd(18)} ${seconds.toFixed(1)} s`);
  if (!passed) console.log(`${output.trimEnd()}\n  todo: ${tool.todo}`);
}

/** Runs at most `width` tools at a time, in the order given. */
async function runAll(tools: readonly Tool[], width: number): Promise<readonly Outcome[]> {
  const queue = [...tools];
  const outcomes: Outcome[] = [];
  async function work(): Promise<void> {
    for (let tool = queue.shift(); tool !== undefined; tool = queue.shift()) {
      const outcome = await runTool(tool);
      print(outcome);
      outcomes.push(outcome);
    }
  }
  await Promise.all(Array.from({ length: width }, work));
  return outcomes;
}

async function main(args: readonly string[]): Promise<number> {
  const [flag, ...rest] = args;
  if (rest.length > 0 || (flag !== undefined && flag !== "--fix")) {
    console.error(`check.ts: unknown argument ${args.join(" ")}; it takes --fix or nothing`);
    return 2;
  }
  const present = (tool: Tool): boolean => tool.name !== "generate --check" || existsSync("scripts/generate.ts");
  // Fixes write the same files, so one after the other.
  const outcomes = flag === "--fix" ? await runAll(fixes, 1) : await runAll(checks.filter(present), 2);
  return outcomes.every((outcome) => outcome.passed) ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
