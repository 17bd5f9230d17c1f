/**
 * Recording a go command. It runs with `-debug-actiongraph`, which is in no key of Go's. Inputs come from a side run of
 * the same command with `-n`, and only for what no earlier record knows: a warm run needs none.
 * `GODEBUG=gocachehash=1` is never set on the command itself: GODEBUG is in the key of test results.
 */

import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "../../core/process.ts";
import { parseGoCommand } from "../../go/command-line.ts";
import { findGo } from "../go-run.ts";
import { type GraphAction, graphLimitBytes, readActionGraph } from "./action-graph.ts";
import { type HashInputs, readHashInputs } from "../../go/hash-inputs.ts";
import { listRecords, readRecord, recordFolder, type RunRecord, type TestRecord, writeRecord } from "./run-record.ts";
import { readTestInputs } from "./test-inputs.ts";

export interface RecordedCommand {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A command that will write down what it does. */
export interface Recording {
  /** With `-debug-actiongraph`. */
  readonly args: readonly string[];
  /** @param gocache where the command's results lie now. The record's path; `undefined` when go wrote nothing down. */
  finish(result: {
    readonly exitCode: number;
    readonly wallMs: number;
    readonly gocache: string;
  }): Promise<string | undefined>;
}

const sideRunMs = 120_000;
const sideOutputBytes = 400_000_000;

/** `undefined` for a command that compiles nothing. */
export function startRecording(command: RecordedCommand, nowMs: number): Recording | undefined {
  const line = parseGoCommand(command.args);
  if (!["build", "install", "test", "run"].includes(line.verb)) return undefined;
  const folder = recordFolder(command.env, command.cwd);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The same name each time: it is a word of the command, by which other parts know it again.
  const name = new Bun.CryptoHasher("sha256").update(JSON.stringify([command.cwd, command.args])).digest("hex");
  const graph = join(folder, `graph-${name.slice(0, 12)}.json`);
  rmSync(graph, { force: true });
  const args = [
    ...command.args.slice(0, line.flagsAt),
    `-debug-actiongraph=${graph}`,
    ...command.args.slice(line.flagsAt),
  ];
  return {
    args,
    async finish({ exitCode, wallMs, gocache }) {
      const actions = readActionGraph(readLimited(graph));
      rmSync(graph, { force: true });
      if (actions.length === 0) return undefined;
      const known = knownInputs(folder);
      const facts = await inputsOf(command, gocache, actions, known);
      const record: RunRecord = {
        version: 1,
        timeMs: nowMs,
        args: command.args,
        cwd: command.cwd,
        exitCode,
        wallMs,
        actions: actions.map((action) => ({
          ...action,
          inputs: facts.byAction.get(action.actionId) ?? known.get(action.actionId) ?? [],
        })),
        tests: line.verb === "test" ? testRecords(command, gocache, actions, facts, known) : [],
      };
      return writeRecord(folder, record);
    },
  };
}

function readLimited(path: string): string {
  const info = statSync(path, { throwIfNoEntry: false });
  return info === undefined || info.size > graphLimitBytes ? "" : readFileSync(path, "utf8");
}

/** Of the last record: what one run needs, the next one mostly needs too. */
function knownInputs(folder: string): Map<string, readonly string[]> {
  const last = listRecords(folder).at(-1);
  if (last === undefined) return new Map();
  try {
    const { actions } = readRecord(last);
    return new Map(actions.filter(({ inputs }) => inputs.length > 0).map(({ actionId, inputs }) => [actionId, inputs]));
  } catch {
    return new Map(); // damaged: the inputs are asked for again
  }
}

async function inputsOf(
  { args, cwd, env }: RecordedCommand,
  gocache: string,
  actions: readonly GraphAction[],
  known: ReadonlyMap<string, unknown>,
): Promise<HashInputs> {
  const isTest = parseGoCommand(args).verb === "test";
  // The main package of a test is made by go, and `-n` does not make it: its inputs are never known.
  const isKnown = actions.every(({ actionId, package: path }) => known.has(actionId) || path.endsWith(".test"));
  if (isKnown && !isTest) return { byAction: new Map(), testWords: undefined };
  const { flagsAt } = parseGoCommand(args);
  const godebug = [env["GODEBUG"] ?? "", "gocachehash=1"].filter((word) => word !== "").join(",");
  const result = await runProcess({
    argv: [findGo(env, cwd), ...args.slice(0, flagsAt), "-n", ...args.slice(flagsAt)],
    cwd,
    // Alone: what the command needed lies in its own cache by now.
    env: { ...env, GODEBUG: godebug, GOCACHE: gocache, GOCACHEPROG: undefined },
    deadlineMs: sideRunMs,
    outputCapBytes: sideOutputBytes,
  });
  return readHashInputs(result.stderr);
}

function testRecords(
  { env }: RecordedCommand,
  gocache: string,
  actions: readonly GraphAction[],
  facts: HashInputs,
  known: ReadonlyMap<string, readonly string[]>,
): TestRecord[] {
  return actions.flatMap(({ kind, package: path, actionId }) => {
    if (kind !== "link" || !path.endsWith(".test")) return [];
    const tested = path.slice(0, -".test".length);
    const lines = inputsOfPackage(actions, facts, known, tested);
    const goVersion = lines[0] ?? "";
    const packageFolder = lines.find((line) => line.startsWith("dir "))?.slice("dir ".length);
    const testWords = facts.testWords ?? "args [] execcmd []";
    const inputs = readTestInputs({ gocache, goVersion, linkId: actionId, testWords, packageFolder, env });
    return [{ package: tested, inputs }];
  });
}

function inputsOfPackage(
  actions: readonly GraphAction[],
  facts: HashInputs,
  known: ReadonlyMap<string, readonly string[]>,
  path: string,
): readonly string[] {
  const variants = actions.filter(({ kind, package: name }) => kind === "build" && name === path);
  for (const { actionId } of variants) {
    const lines = facts.byAction.get(actionId) ?? known.get(actionId);
    if (lines !== undefined) return lines;
  }
  return [];
}
