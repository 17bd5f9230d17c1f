import { inspectErrors } from "../../cache/inspect/errors.ts";
import { ServerApi, type ServerDigest } from "../../cache/inspect/server-api.ts";
import { exitStatus } from "../../core/errors.ts";
import { formatTable } from "../../core/table.ts";
import { counted, writeAnswer } from "../cache-output.ts";
import { resolveCacheSettings, resolveTarget, serverAddress, targetFlags } from "../cache-target.ts";
import { defineCommand } from "../command.ts";

const flags = {
  ...targetFlags,
  against: {
    type: "string",
    valueName: "URL",
    doc: "Compare with this server, which gets the same token; where they differ is said shard by shard.",
  },
} as const;

/** `ballast cache digest` */
export const command = defineCommand({
  path: ["cache", "digest"],
  summary: "Tell whether two servers hold the same entries",
  details:
    "Prints a digest of a server's index. The nodes of a fleet have equal ones when they are quiet, in whatever order they heard what they hold. With --against it exits with 1 when two differ. A shard is the first byte of an action.",
  flags,
  examples: [
    { line: "ballast cache digest --remote", remark: "Of the server that the settings name." },
    { line: "ballast cache digest --remote --against http://node-b:7420", remark: "Are these two the same?" },
  ],
  run: async (context, given) => {
    const target = resolveTarget(context, given);
    if (target.tier === "local") throw inspectErrors.error("inspect/server-missing", "a runner's folder has no digest");
    const one = await target.api.digest();
    if (given.against === undefined) {
      writeAnswer(context, given.json, { server: target.api.url, digest: wholeOf(one), ...one }, digestText(one));
      return exitStatus.ok;
    }
    const address = serverAddress(context, resolveCacheSettings(context, given));
    const api = new ServerApi({ ...address, server: given.against }, context.signal);
    const other = await api.digest();
    const differing = differences(one, other);
    const json = { server: target.api.url, against: api.url, equal: differing.length === 0, differing };
    writeAnswer(context, given.json, json, comparedText(one, other, differing));
    return differing.length === 0 ? exitStatus.ok : exitStatus.findings;
  },
});

interface Difference {
  /** Two hex digits: the first byte of the actions in it. */
  readonly shard: string;
  readonly entries: readonly [number, number];
}

/** One digest of all shards. */
function wholeOf({ shards }: ServerDigest): string {
  const text = shards.map(({ entries, digest }) => `${entries} ${digest}`).join("\n");
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 32);
}

function digestText(digest: ServerDigest): string {
  const waiting = digest.pending === 0 ? "" : `, ${counted(digest.pending, "change", "changes")} not yet published`;
  return `${wholeOf(digest)}  ${counted(digest.entries, "entry", "entries")}${waiting}\n`;
}

function differences(one: ServerDigest, other: ServerDigest): readonly Difference[] {
  return one.shards.flatMap((shard, at) => {
    const against = other.shards[at];
    if (against !== undefined && against.digest === shard.digest && against.entries === shard.entries) return [];
    return [{ shard: at.toString(16).padStart(2, "0"), entries: [shard.entries, against?.entries ?? 0] as const }];
  });
}

function comparedText(one: ServerDigest, other: ServerDigest, differing: readonly Difference[]): string {
  if (differing.length === 0) return `equal: ${digestText(one)}`;
  const rows = differing.map(({ shard, entries }) => [shard, String(entries[0]), String(entries[1])]);
  const pending = one.pending + other.pending;
  const why = pending === 0 ? "" : `; ${counted(pending, "change is", "changes are")} still on the way`;
  const shards = counted(differing.length, "shard", "shards");
  return `${shards} of ${one.shards.length} differ${why}\n${formatTable(["SHARD", "HERE", "THERE"], rows)}`;
}
