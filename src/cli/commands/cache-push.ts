import { inspectErrors } from "../../cache/inspect/errors.ts";
import { type PushReport, pushFolder } from "../../cache/inspect/push.ts";
import type { LeftOut } from "../../cache/inspect/push-judge.ts";
import { createCacheClient } from "../../cache/helper/client.ts";
import { toolchainMemoPath, toolchainTag } from "../../cache/helper/thread-context.ts";
import type { CacheFolder } from "../../cache/local/folder.ts";
import { cacheSettings } from "../../cache/settings.ts";
import { detectJob } from "../../ci/job.ts";
import { systemClock } from "../../core/clock.ts";
import { exitStatus } from "../../core/errors.ts";
import { formatBytes, formatCount } from "../../core/human-units.ts";
import { requireSuccess, runProcess } from "../../core/process.ts";
import { createProgress } from "../../core/progress.ts";
import { settingFlags } from "../../core/settings.ts";
import { formatFacts } from "../../core/table.ts";
import { imageFingerprint } from "../../go/image.ts";
import { hashToolchain } from "../../go/toolchain.ts";
import { writeAnswer } from "../cache-output.ts";
import { localTarget, resolveCacheSettings, serverAddress, serverFlags } from "../cache-target.ts";
import { type CommandContext, defineCommand } from "../command.ts";

const { scope: scopeSetting, share, image } = cacheSettings;

/** `ballast cache push` */
export const command = defineCommand({
  path: ["cache", "push"],
  summary: "Send what this runner's folder holds to a server",
  details:
    "For a warm image, and for moving in: entries that Go built with or without Ballast are checked, sorted and sent. What helps nobody else stays, and so does what another toolchain compiled than the `go` on PATH. " +
    "Nothing is sent that the server has, so that it may be run again at any time.",
  flags: {
    ...serverFlags,
    server: {
      ...serverFlags.server,
      doc: "Send to the cache server at this address, not to the one that the settings name.",
    },
    ...settingFlags({ scope: scopeSetting, share, image }),
    dryRun: { type: "boolean", doc: "Say what would be offered, without asking the server." },
    json: { type: "boolean", doc: "Print JSON." },
  },
  examples: [
    {
      line: "ballast cache push --server http://cache:7420",
      remark: "This machine's GOCACHE, as the scope of this job.",
    },
    { line: "GOCACHE=/image/go-build ballast cache push", remark: "Another folder, to the server of the settings." },
  ],
  run: async (context, flags) => {
    const resolved = resolveCacheSettings(context, flags);
    const settings = resolved.values;
    const address = serverAddress(context, resolved);
    const go = await readGo(context);
    const job = detectJob(context.env);
    const { folder, scope } = localTarget(go.gocache, settings.scope ?? job.scope);
    const toolchain = toolchainOf(go, folder);
    const provenance = { ...job.provenance, goVersion: go.version, via: "push" };
    const ancestors = (settings.ancestors ?? job.ancestors).filter((name) => name !== scope);
    const requestContext = { scope, ancestors, toolchain, image: imageFingerprint(settings.image), provenance };
    const isDryRun = flags.dryRun === true;
    const progress = createProgress(context.stderr, systemClock);
    const report = await pushFolder({
      folder,
      client: createCacheClient({ ...address, context: requestContext }),
      share: settings.share,
      sharedFolders: [`${go.goroot}/src/`, `${go.gomodcache}/`],
      goVersion: go.version,
      toolchainTag: toolchainTag(toolchain),
      isDryRun,
      signal: context.signal,
      onProgress: ({ done, total, counts }) =>
        progress.update(
          `${formatCount(done)} of ${formatCount(total)} entries, ${formatBytes(counts.packedBytes)} sent`,
        ),
    });
    progress.finish();
    const json = { server: address.server, folder: folder.path, scope, dryRun: isDryRun, ...report };
    const text = reportText(
      [
        ["folder", folder.path],
        ["server", address.server],
        ["scope", scope],
      ],
      report,
      isDryRun,
    );
    writeAnswer(context, flags.json, json, text);
    return report.refused.length === 0 ? exitStatus.ok : exitStatus.dependency;
  },
});

interface GoFacts {
  readonly goroot: string;
  readonly toolFolder: string;
  readonly gocache: string;
  readonly gomodcache: string;
  readonly version: string;
}

const goLimitMs = 30_000;

/** Throws `inspect/toolchain-unknown`. */
async function readGo({ env, cwd, signal }: CommandContext): Promise<GoFacts> {
  const argv = ["go", "env", "-json", "GOROOT", "GOTOOLDIR", "GOCACHE", "GOMODCACHE", "GOVERSION"] as const;
  try {
    const result = await runProcess({ argv: [...argv], env, cwd, signal, deadlineMs: goLimitMs });
    const facts = JSON.parse(requireSuccess(argv, result).stdout) as Record<string, string>;
    return {
      goroot: facts["GOROOT"] ?? "",
      toolFolder: facts["GOTOOLDIR"] ?? "",
      gocache: facts["GOCACHE"] ?? "",
      gomodcache: facts["GOMODCACHE"] ?? "",
      version: facts["GOVERSION"] ?? "",
    };
  } catch (cause) {
    signal.throwIfAborted();
    throw inspectErrors.error("inspect/toolchain-unknown", cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

/** The content hash. Throws `inspect/toolchain-unknown`. */
function toolchainOf({ goroot, toolFolder }: GoFacts, folder: CacheFolder): string {
  const toolchain = hashToolchain(goroot, toolFolder, toolchainMemoPath(folder));
  if (toolchain !== undefined) return toolchain;
  throw inspectErrors.error("inspect/toolchain-unknown", `no compiler in ${toolFolder}`);
}

const leftOutTexts: Readonly<Record<LeftOut, string>> = {
  incomplete: "without their body",
  damaged: "damaged (see `ballast cache verify`)",
  executable: "executables of `go run` and `go tool`",
  "not-shared": "of use to this machine only, or not to be shared",
  "other-toolchain": "of another toolchain",
};

type Facts = readonly (readonly [name: string, value: string])[];

function reportText(places: Facts, report: PushReport, isDryRun: boolean): string {
  const { sent, known, conflicts, sentBytes, packedBytes, refused, leftOut, offered, offeredBytes } = report;
  const left = Object.entries(leftOut).map(([reason, count]) => {
    return ["left out", `${formatCount(count)} ${leftOutTexts[reason as LeftOut]}`] as const;
  });
  const offer = ["would offer", `${formatCount(offered)} entries, ${formatBytes(offeredBytes)}`] as const;
  const bytes = sentBytes === 0 ? "" : `; ${formatBytes(sentBytes)} of bodies, ${formatBytes(packedBytes)} packed`;
  const done: Facts = [
    ["sent", `${formatCount(sent)} entries${bytes}`],
    ["known", `${formatCount(known)} entries that the server had`],
    ...(conflicts === 0
      ? []
      : [["conflicts", `${formatCount(conflicts)} entries of which the server keeps another output`] as const]),
    ...(refused.length === 0 ? [] : [["refused", refusedText(refused)] as const]),
  ];
  return formatFacts([...places, ...(isDryRun ? [offer] : done), ...left]);
}

function refusedText(refused: PushReport["refused"]): string {
  const codes = [...new Set(refused.map(({ code }) => code))];
  return `${formatCount(refused.length)} entries: ${codes.join(", ")}`;
}
