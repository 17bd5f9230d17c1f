import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program whose only command waits for its signal, cleans up, and takes `cleanupMs` for it. */
function programText(cleanupMs: number): string {
  return `
import { runCommand } from ${JSON.stringify(join(import.meta.dir, "run-command.ts"))};
import { systemClock } from ${JSON.stringify(join(import.meta.dir, "../core/clock.ts"))};
const command = {
  path: ["wait"], summary: "wait", flags: {},
  run: async (context) => {
    context.stdout.write("waiting\\n");
    try { await systemClock.sleep(60_000, context.signal); }
    finally { context.stdout.write("cleaning\\n"); await systemClock.sleep(${cleanupMs}); context.stdout.write("clean\\n"); }
    return 0;
  },
};
process.exit(await runCommand(command, [], () => Promise.resolve({ command })));
`;
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-context-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the program, sends each signal once the line before it was printed, and returns how it ended. */
async function runAndSignal(cleanupMs: number, steps: readonly (readonly [line: string, signal: NodeJS.Signals])[]) {
  writeFileSync(join(folder, "program.ts"), programText(cleanupMs));
  const child = Bun.spawn([process.execPath, join(folder, "program.ts")], { stdout: "pipe", stderr: "pipe" });
  const remaining = [...steps];
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += Buffer.from(chunk).toString();
    const [next] = remaining;
    if (next === undefined || !printed.includes(next[0])) continue;
    remaining.shift();
    child.kill(next[1]);
  }
  return { printed, status: await child.exited, stderr: await new Response(child.stderr).text() };
}

test("SIGINT and SIGTERM let the command clean up, and the status names the signal", async () => {
  expect(await runAndSignal(0, [["waiting\n", "SIGINT"]])).toEqual({
    printed: "waiting\ncleaning\nclean\n",
    status: 130,
    stderr: "",
  });
  expect((await runAndSignal(0, [["waiting\n", "SIGTERM"]])).status).toBe(143);
});

test("a second signal ends it at once", async () => {
  const ended = await runAndSignal(60_000, [
    ["waiting\n", "SIGTERM"],
    ["cleaning\n", "SIGINT"],
  ]);
  expect(ended).toEqual({ printed: "waiting\ncleaning\n", status: 130, stderr: "" });
});
