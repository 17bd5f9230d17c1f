import { type LocalStats, sumLocal } from "../../cache/inspect/local-stats.ts";
import type { ServerStats } from "../../cache/inspect/server-api.ts";
import { otherScopes } from "../../cache/local/folder.ts";
import { formatBytes, formatCount, formatShare } from "../../core/human-units.ts";
import { formatFacts, formatTable } from "../../core/table.ts";
import { listWithProgress, writeAnswer } from "../cache-output.ts";
import { agoText } from "../cache-text.ts";
import { resolveTarget, targetFlags } from "../cache-target.ts";
import { defineCommand } from "../command.ts";

/** `ballast cache stats` */
export const command = defineCommand({
  path: ["cache", "stats"],
  summary: "Sum up what is cached, by kind and by origin",
  details:
    "Without a server it is about this runner's GOCACHE folder and scope. What a body is, and how large the outputs are, is told from the bodies themselves.",
  flags: targetFlags,
  examples: [
    { line: "ballast cache stats", remark: "This runner's folder." },
    { line: "ballast cache stats --server http://cache:7420", remark: "A server, with what compression saves." },
  ],
  run: async (context, flags) => {
    const target = resolveTarget(context, flags);
    if (target.tier === "server") {
      const stats = await target.api.stats();
      writeAnswer(
        context,
        flags.json,
        { tier: "server", server: target.api.url, ...stats },
        serverText(target.api.url, stats),
      );
      return 0;
    }
    const stats = sumLocal(await listWithProgress(context, target), target.folder.ballastPath);
    const scopes = otherScopes(target.gocache, target.scope);
    const facts = { folder: target.folder.path, scope: target.scope, otherScopes: scopes };
    writeAnswer(context, flags.json, { tier: "local", ...facts, ...stats }, localText(facts, stats));
    return 0;
  },
});

interface LocalFacts {
  readonly folder: string;
  readonly scope: string;
  readonly otherScopes: readonly string[];
}

function localText(facts: LocalFacts, stats: LocalStats): string {
  const nowMs = Date.now();
  const { oldestUseMs, newestUseMs } = stats;
  const saved = stats.entriesSizeBytes - stats.sizeBytes;
  const lines: [string, string][] = [
    ["folder", facts.folder],
    ["scope", facts.scope],
    ...(facts.otherScopes.length === 0 ? [] : [["other scopes", facts.otherScopes.join(", ")] as [string, string]]),
    ["entries", formatCount(stats.entries)],
    [
      "outputs",
      `${formatCount(stats.outputs)}, ${formatBytes(stats.sizeBytes)}; ${formatBytes(stats.diskBytes)} on disk`,
    ],
    ["shared", saved > 0 ? `${formatBytes(saved)} not stored twice` : "nothing"],
    [
      "last used",
      oldestUseMs === undefined ? "never" : `${agoText(nowMs, newestUseMs ?? 0)} to ${agoText(nowMs, oldestUseMs)} ago`,
    ],
    ...countLine("unnamed", stats.unnamedOutputs, "outputs that no entry names"),
    ...countLine("missing", stats.missingBodies, "entries whose body was trimmed"),
  ];
  const kinds = stats.kinds.map(({ kind, entries, outputs, sizeBytes }) => {
    const share = formatShare(stats.sizeBytes === 0 ? 0 : sizeBytes / stats.sizeBytes);
    return [kind, formatCount(entries), formatCount(outputs), formatBytes(sizeBytes), share];
  });
  const origins = stats.origins.map(({ origin, entries, sizeBytes }) => {
    return [originTexts[origin], formatCount(entries), formatBytes(sizeBytes)];
  });
  return [
    formatFacts(lines),
    ...(kinds.length === 0 ? [] : [formatTable(["kind", "entries", "outputs", "size", "share"], kinds)]),
    ...(origins.length === 0 ? [] : [formatTable(["origin", "entries", "size"], origins)]),
  ].join("\n");
}

const originTexts = {
  native: "native (by Go itself)",
  put: "put (by Go, through Ballast)",
  fetched: "fetched (from a server)",
} as const;

function countLine(name: string, count: number, text: string): [string, string][] {
  return count === 0 ? [] : [[name, `${formatCount(count)} ${text}`]];
}

function serverText(url: string, stats: ServerStats): string {
  const { entries, outputs, rawBytes, storedBytes, fileBytes, counts } = stats;
  const lookups = (counts["hits"] ?? 0) + (counts["misses"] ?? 0);
  const facts: [string, string][] = [
    ["server", url],
    ["entries", formatCount(entries)],
    ["outputs", `${formatCount(outputs)}, ${formatBytes(rawBytes)} raw`],
    [
      "stored",
      `${formatBytes(storedBytes)}, ${ratioText(storedBytes, rawBytes)} of raw; ${formatBytes(fileBytes)} on disk`,
    ],
    [
      "since start",
      `${formatCount(counts["hits"] ?? 0)} hits of ${formatCount(lookups)} lookups, ${formatCount(counts["stored"] ?? 0)} stored`,
    ],
    ...countLine("conflicts", counts["conflicts"] ?? 0, "other outputs of a compile action, refused"),
    ...countLine("damaged", counts["damaged"] ?? 0, "bodies found damaged and dropped"),
  ];
  const kinds = [...stats.kinds]
    .toSorted((a, b) => b.storedBytes - a.storedBytes)
    .map((kind) => {
      const { rawBytes: raw, storedBytes: stored } = kind;
      return [kind.kind, formatCount(kind.outputs), formatBytes(raw), formatBytes(stored), ratioText(stored, raw)];
    });
  const scopes = [...stats.scopes].toSorted((a, b) => b.entries - a.entries);
  return [
    formatFacts(facts),
    ...(kinds.length === 0 ? [] : [formatTable(["kind", "outputs", "raw", "stored", "ratio"], kinds)]),
    ...(scopes.length === 0
      ? []
      : [
          formatTable(
            ["scope", "entries"],
            scopes.map((one) => [one.scope, formatCount(one.entries)]),
          ),
        ]),
  ].join("\n");
}

function ratioText(storedBytes: number, rawBytes: number): string {
  return rawBytes === 0 ? "-" : formatShare(storedBytes / rawBytes);
}
