import { scanFolder } from "../../cache/inspect/folder-scan.ts";
import { verifyLocal } from "../../cache/inspect/local-verify.ts";
import { remove, type RemovalReport } from "../../cache/inspect/removal.ts";
import { createTurns } from "../../cache/inspect/turns.ts";
import { systemClock } from "../../core/clock.ts";
import { exitStatus } from "../../core/errors.ts";
import { formatBytes, formatCount } from "../../core/human-units.ts";
import { createProgress } from "../../core/progress.ts";
import { counted, removedText, writeAnswer } from "../cache-output.ts";
import { type LocalTarget, resolveTarget, type ServerTarget, targetFlags } from "../cache-target.ts";
import { type CommandContext, defineCommand } from "../command.ts";

const flags = {
  ...targetFlags,
  remove: { type: "boolean", doc: "Remove what is damaged, with the entries that name it. A server always does." },
} as const;

/** `ballast cache verify` */
export const command = defineCommand({
  path: ["cache", "verify"],
  summary: "Hash every body again and report what is damaged",
  details:
    "A body's name is its hash. The helper hashes a local body once and remembers its file's times and size; what rots below the file system is for this command. Exit status 1 when something is damaged, removed or not.",
  flags,
  examples: [
    { line: "ballast cache verify --remove", remark: "After a disk fault: what is removed is built or fetched again." },
    { line: "ballast cache verify --remote --json", remark: "Have the server check all of its bodies." },
  ],
  run: async (context, given) => {
    const target = resolveTarget(context, given);
    const isJson = given.json === true;
    if (target.tier === "server") return verifyServer(context, target, isJson);
    return verifyFolder(context, target, given.remove === true, isJson);
  },
});

async function verifyFolder(
  context: CommandContext,
  target: LocalTarget,
  isRemoving: boolean,
  isJson: boolean,
): Promise<number> {
  const progress = createProgress(context.stderr, systemClock);
  const turns = createTurns(context.signal);
  const contents = await scanFolder(target.folder.path, turns);
  const report = await verifyLocal(contents, {
    turns,
    onProgress: ({ outputs, sizeBytes }) =>
      progress.update(
        `${formatCount(outputs)} of ${formatCount(contents.bodies.size)} bodies, ${formatBytes(sizeBytes)}`,
      ),
  });
  progress.finish();
  const { damaged, tornActions } = report;
  const actions = new Set([...damaged.flatMap((one) => one.actions), ...tornActions]);
  const outputs = new Set(damaged.map(({ output }) => output));
  const isDamaged = actions.size + outputs.size > 0;
  const removed = isRemoving && isDamaged ? remove(target.folder, contents, { actions, outputs }) : undefined;
  writeAnswer(
    context,
    isJson,
    { tier: "local", folder: target.folder.path, ...report, removed },
    folderText(report, removed),
  );
  return isDamaged ? exitStatus.findings : exitStatus.ok;
}

function folderText(report: Awaited<ReturnType<typeof verifyLocal>>, removed: RemovalReport | undefined): string {
  const { damaged, tornActions, missingBodies } = report;
  const isDamaged = damaged.length + tornActions.length > 0;
  const advice = "Run it again with --remove; what goes is built or fetched anew.";
  return [
    ...damaged.map(({ path, actions }) => `damaged: ${path} (${counted(actions.length, "entry", "entries")})`),
    ...tornActions.map((action) => `torn: the entry ${action}`),
    `${counted(report.outputs, "body", "bodies")}, ${formatBytes(report.sizeBytes)}: ${verdict(damaged.length, tornActions.length)}`,
    ...(missingBodies === 0
      ? []
      : [`${counted(missingBodies, "entry has", "entries have")} no body any more: a miss, no damage`]),
    ...(removed === undefined ? [] : [`removed ${removedText(removed)}`]),
    ...(isDamaged && removed === undefined ? [advice] : []),
    "",
  ].join("\n");
}

function verdict(damaged: number, torn: number): string {
  if (damaged + torn === 0) return "all as their names say";
  return [
    ...(damaged === 0 ? [] : [`${formatCount(damaged)} damaged`]),
    ...(torn === 0 ? [] : [counted(torn, "torn entry", "torn entries")]),
  ].join(", ");
}

async function verifyServer(context: CommandContext, { api }: ServerTarget, isJson: boolean): Promise<number> {
  const progress = createProgress(context.stderr, systemClock);
  const last = await api.verify(({ outputs, outputsTotal, damaged }) =>
    progress.update(`${formatCount(outputs)} of ${formatCount(outputsTotal)} bodies, ${formatCount(damaged)} damaged`),
  );
  progress.finish();
  const text = `${counted(last.outputs, "body", "bodies")}, ${formatBytes(last.storedBytes)} stored: ${verdict(last.damaged, 0)}${last.damaged === 0 ? "" : " and dropped"}\n`;
  writeAnswer(context, isJson, { tier: "server", server: api.url, ...last }, text);
  return last.damaged === 0 ? exitStatus.ok : exitStatus.findings;
}
