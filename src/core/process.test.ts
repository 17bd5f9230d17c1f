import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { processFailure, requireSuccess, runProcess } from "./process.ts";

const deadlineMs = 15_000;
const shell = (script: string): readonly string[] => ["sh", "-c", script];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-process-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a process runs; one that ended but was not yet collected by its parent does not. */
function isRunning(processId: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${processId}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function readProcessId(file: string): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const text = await Bun.file(file)
      .text()
      .catch(() => "");
    if (text.endsWith("\n")) return Number(text);
    await Bun.sleep(10);
  }
  throw new Error(`no process id in ${file}`);
}

function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
}

describe("results", () => {
  test("output, status and time", async () => {
    const result = await runProcess({ argv: shell("echo out; echo err >&2; exit 3"), deadlineMs });
    expect(result).toMatchObject({
      exitCode: 3,
      signal: undefined,
      stdout: "out\n",
      stderr: "err\n",
      timedOut: false,
      aborted: false,
      truncated: false,
    });
    expect(result.durationMs).toBeGreaterThan(0);
  });

  test("standard input is given and closed, also an empty one and none", async () => {
    const big = "x".repeat(3_000_000);
    expect((await runProcess({ argv: ["wc", "-c"], stdin: big, deadlineMs })).stdout.trim()).toBe("3000000");
    expect((await runProcess({ argv: ["cat"], stdin: new Uint8Array([104, 105]), deadlineMs })).stdout).toBe("hi");
    expect((await runProcess({ argv: ["cat"], stdin: "", deadlineMs })).exitCode).toBe(0);
    expect((await runProcess({ argv: ["cat"], deadlineMs })).exitCode).toBe(0);
  });

  test("a program that does not read its input is no failure", async () => {
    const result = await runProcess({ argv: ["true"], stdin: "x".repeat(3_000_000), deadlineMs });
    expect(result.exitCode).toBe(0);
  });

  test("environment and working directory are as given, without this process's own", async () => {
    const env = { PATH: process.env["PATH"], A: "1", B: undefined };
    const result = await runProcess({
      argv: shell('pwd; echo "$A${B-unset}${HOME-unset}"'),
      cwd: folder,
      env,
      deadlineMs,
    });
    expect(result.stdout).toBe(`${folder}\n1unsetunset\n`);
  });

  test("a signal that ended the program is named", async () => {
    const result = await runProcess({ argv: shell("kill -9 $$"), deadlineMs });
    expect(result).toMatchObject({ exitCode: undefined, signal: "SIGKILL", timedOut: false });
  });

  test("output beyond the cap is read and dropped, so that the program ends", async () => {
    const result = await runProcess({
      argv: shell("head -c 5000000 /dev/zero | tr '\\0' x; echo done >&2"),
      outputCapBytes: 1000,
      deadlineMs,
    });
    expect(result.stdout).toBe("x".repeat(1000));
    expect(result).toMatchObject({ stderr: "done\n", truncated: true, exitCode: 0 });
  });

  test("exactly the cap is not truncated", async () => {
    const result = await runProcess({ argv: ["printf", "12345"], outputCapBytes: 5, deadlineMs });
    expect(result).toMatchObject({ stdout: "12345", truncated: false });
  });
});

describe("the end", () => {
  test("at the deadline the program and what it started are ended, politely", async () => {
    const argv = shell(`trap 'echo bye; exit 0' TERM; sleep 60 & echo $! > ${folder}/id; wait`);
    const result = await runProcess({ argv, deadlineMs: 300 });
    expect(result).toMatchObject({ timedOut: true, stdout: "bye\n" });
    expect(isRunning(await readProcessId(join(folder, "id")))).toBe(false);
    expect(result.durationMs).toBeLessThan(5000);
  });

  test("those that ignore SIGTERM are killed after the grace", async () => {
    const argv = shell(
      `trap '' TERM; sh -c 'trap "" TERM; echo $$ > ${folder}/id; sleep 60; sleep 60' & wait; sleep 60`,
    );
    const result = await runProcess({ argv, deadlineMs: 300, graceMs: 200 });
    expect(result).toMatchObject({ timedOut: true, signal: "SIGKILL" });
    expect(isRunning(await readProcessId(join(folder, "id")))).toBe(false);
    expect(result.durationMs).toBeLessThan(5000);
  });

  test("an abort ends it in the same way; one that came before prevents the start", async () => {
    const controller = new AbortController();
    const running = runProcess({
      argv: shell(`echo $$ > ${folder}/id; sleep 60`),
      deadlineMs,
      signal: controller.signal,
    });
    const processId = await readProcessId(join(folder, "id"));
    controller.abort();
    expect(await running).toMatchObject({ aborted: true, timedOut: false });
    expect(isRunning(processId)).toBe(false);
    const never = await runProcess({ argv: shell(`touch ${folder}/ran`), deadlineMs, signal: controller.signal });
    expect(never.aborted).toBe(true);
    expect(await Bun.file(join(folder, "ran")).exists()).toBe(false);
  });

  test("what was left in the background and holds the output is ended, and the result is the program's own", async () => {
    const result = await runProcess({
      argv: shell(`sleep 60 & echo $! > ${folder}/id; echo out`),
      deadlineMs,
      graceMs: 200,
    });
    expect(result).toMatchObject({ exitCode: 0, stdout: "out\n", timedOut: false });
    expect(isRunning(await readProcessId(join(folder, "id")))).toBe(false);
    expect(result.durationMs).toBeLessThan(5000);
  });

  test("what left the group is let go of", async () => {
    const argv = shell(`setsid sh -c 'echo $$ > ${folder}/id; exec sleep 60' & echo out`);
    const result = await runProcess({ argv, deadlineMs, graceMs: 200 });
    expect(result).toMatchObject({ exitCode: 0, stdout: "out\n" });
    expect(result.durationMs).toBeLessThan(5000);
    process.kill(await readProcessId(join(folder, "id")), "SIGKILL");
  });

  test("listeners on the signal are removed", async () => {
    const controller = new AbortController();
    let listeners = 0;
    const signal = new Proxy(controller.signal, {
      get: (target, name) => {
        if (name === "addEventListener") listeners += 1;
        if (name === "removeEventListener") listeners -= 1;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    await runProcess({ argv: ["true"], deadlineMs, signal });
    expect(listeners).toBe(0);
  });
});

describe("failures", () => {
  test("a program or folder that is not there", async () => {
    const missing = runProcess({ argv: ["ballast-no-such-program"], deadlineMs });
    expect(await rejectionOf(missing)).toMatchObject({ code: "core/process-not-started" });
    const nowhere = runProcess({ argv: ["true"], cwd: join(folder, "absent"), deadlineMs });
    expect(await rejectionOf(nowhere)).toMatchObject({ code: "core/process-not-started" });
  });

  test("requireSuccess tells command, ending and the end of stderr", async () => {
    const argv = shell("echo reason >&2; exit 4");
    const result = await runProcess({ argv, deadlineMs });
    expect(() => requireSuccess(argv, result)).toThrow(/exit status 4\nreason$/);
    expect(processFailure(argv, result)).toMatchObject({ code: "core/process-failed" });
    const slow = await runProcess({ argv: ["sleep", "60"], deadlineMs: 50 });
    expect(() => requireSuccess(["sleep", "60"], slow)).toThrow(/sleep 60: ended at its deadline/);
    const fine = await runProcess({ argv: ["true"], deadlineMs });
    expect(requireSuccess(["true"], fine)).toBe(fine);
  });
});
