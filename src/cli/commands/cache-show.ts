import { searchEntries, searchIds } from "../../cache/inspect/entry-search.ts";
import { inspectErrors } from "../../cache/inspect/errors.ts";
import type { LocalItem, LocalListing } from "../../cache/inspect/local-listing.ts";
import type { ServerApi, ServerEntry } from "../../cache/inspect/server-api.ts";
import { type KnownSubjects, listServer, type ServerItem, withSubject } from "../../cache/inspect/server-items.ts";
import { formatBytes, formatCount, formatDuration, formatShare } from "../../core/human-units.ts";
import { formatFacts } from "../../core/table.ts";
import { hashFile } from "../../go/hash-file.ts";
import { type BodySubject, subjectText } from "../../go/package-path.ts";
import { listWithProgress, serverProgress } from "../cache-output.ts";
import { type LocalTarget, resolveTarget, type ServerTarget, targetFlags } from "../cache-target.ts";
import { agoText, timeText } from "../cache-text.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { cliErrors } from "../errors.ts";

/** `ballast cache show` */
export const command = defineCommand({
  path: ["cache", "show"],
  summary: "Show everything that is known of an entry",
  details:
    "An entry is named by the first digits of its action or its output, as many as are unique, or by a package (`...` stands for anything). For a server this includes who wrote it; a package reads the server's bodies.",
  positionals: "ACTION|OUTPUT|PACKAGE",
  flags: { ...targetFlags, json: { type: "boolean", doc: "Print JSON, one entry a line." } },
  examples: [
    { line: "ballast cache show 3f9a", remark: "The entry whose action, or the entries whose output, begins so." },
    { line: "ballast cache show --remote net/http", remark: "Who wrote what the server has of a package." },
  ],
  run: async (context, flags, [name, ...rest]) => {
    if (name === undefined || name === "" || rest.length > 0) {
      throw cliErrors.error("cli/argument-invalid", "give one ACTION, OUTPUT or PACKAGE");
    }
    const target = resolveTarget(context, flags);
    const found =
      target.tier === "local" ? await findLocal(context, target, name) : await findRemote(context, target, name);
    if (found.length === 0) throw inspectErrors.error("inspect/entry-not-found", `${name} in ${placeText(target)}`);
    if (flags.json === true) for (const { json } of found) context.stdout.write(`${JSON.stringify(json)}\n`);
    else context.stdout.write(found.map(({ facts }) => formatFacts(facts)).join("\n"));
    return 0;
  },
});

type Facts = readonly (readonly [name: string, value: string])[];

interface Shown {
  readonly facts: Facts;
  readonly json: unknown;
}

function placeText(target: LocalTarget | ServerTarget): string {
  return target.tier === "local" ? `${target.folder.path} (scope ${target.scope})` : target.api.url;
}

async function findLocal(context: CommandContext, target: LocalTarget, name: string): Promise<Shown[]> {
  const listing = await listWithProgress(context, target);
  return searchEntries(listing.items, name).map((item) => showLocal(item, listing, target.scope));
}

function showLocal(item: LocalItem, { items, contents }: LocalListing, scope: string): Shown {
  const nowMs = Date.now();
  const body = contents.bodies.get(item.output);
  const others = items.filter(({ action, output }) => output === item.output && action !== item.action).length;
  const isIntact = body === undefined ? undefined : hashFile(body.path) === item.output;
  const toolchain = item.toolchainTag === 0 ? undefined : item.toolchainTag.toString(16).padStart(8, "0");
  const { subject, putNs: _exact, toolchainTag: _tag, ...plain } = item;
  const rest = { scope, path: body?.path, isIntact, otherActions: others, toolchain };
  return {
    json: { tier: "local", ...plain, ...subject, ...rest },
    facts: [
      ["action", item.action],
      ["output", item.output],
      ["kind", item.kind],
      ...subjectFacts(subject),
      ["size", `${formatBytes(item.sizeBytes)} (${item.sizeBytes} bytes)`],
      ["origin", originTexts[item.origin]],
      ["scope", scope],
      ["put", `${timeText(item.putMs)} (${agoText(nowMs, item.putMs)} ago)`],
      ["last used", `${timeText(item.usedMs)} (${agoText(nowMs, item.usedMs)} ago; noted to the hour)`],
      ...(item.costMs === 0 ? [] : [["took", formatDuration(item.costMs)] as const]),
      ...(toolchain === undefined ? [] : [["toolchain", `${toolchain}… (content hash)`] as const]),
      ...(body === undefined
        ? []
        : [
            ["file", body.path] as const,
            ["hash", isIntact === true ? "right" : "WRONG: the body is damaged"] as const,
          ]),
      ...(others === 0
        ? []
        : [["also named by", `${formatCount(others)} other ${others === 1 ? "entry" : "entries"}`] as const]),
    ],
  };
}

const originTexts = {
  native: "native: Go put it itself",
  put: "put: Go put it through Ballast",
  fetched: "fetched from a server",
} as const;

function subjectFacts(subject: BodySubject): Facts {
  const about = subjectText(subject);
  return [
    ...(about === "" ? [] : [[subject.package === undefined ? "folder" : "package", about] as const]),
    ...(subject.goVersion === undefined ? [] : [["compiled by", subject.goVersion] as const]),
  ];
}

async function findRemote(context: CommandContext, { api, scope }: ServerTarget, name: string): Promise<Shown[]> {
  const byId = /^[0-9a-f]{1,64}$/.test(name) ? await findRemoteIds(api, scope, name) : [];
  const items = byId.length > 0 ? byId : await findRemotePackage(context, api, scope, name);
  return items.map((item) => showRemote(item, api.url));
}

async function findRemoteIds(api: ServerApi, scope: string | undefined, prefix: string): Promise<ServerItem[]> {
  const found: ServerEntry[] = [];
  for await (const entry of api.entries(scope === undefined ? {} : { scope })) {
    if (entry.action.startsWith(prefix) || entry.output.startsWith(prefix)) found.push(entry);
  }
  const subjects: KnownSubjects = new Map();
  return Promise.all(searchIds(found, prefix).map((entry) => withSubject(api, entry, subjects)));
}

async function findRemotePackage(
  context: CommandContext,
  api: ServerApi,
  scope: string | undefined,
  name: string,
): Promise<ServerItem[]> {
  const { onProgress, finish } = serverProgress(context);
  const items: ServerItem[] = [];
  const filter = { kinds: [], packages: [name], scope, provenance: {} };
  const options = { wantsPackages: true, onProgress };
  for await (const item of listServer(api, filter, options)) items.push(item);
  finish();
  return items;
}

function showRemote(item: ServerItem, url: string): Shown {
  const nowMs = Date.now();
  const { cursor: _cursor, subject, ...plain } = item;
  const ratio = item.sizeBytes === 0 ? "" : `, ${formatShare(item.storedBytes / item.sizeBytes)}`;
  return {
    json: { tier: "server", server: url, ...plain, ...subject },
    facts: [
      ["action", item.action],
      ["output", item.output],
      ["kind", item.kind],
      ...subjectFacts(subject),
      ["size", `${formatBytes(item.sizeBytes)} (${item.sizeBytes} bytes)`],
      ["stored", `${formatBytes(item.storedBytes)}${ratio}`],
      ["scope", item.scope],
      ["built", `${timeText(item.timeMs)} (${agoText(nowMs, item.timeMs)} ago)`],
      ["received", `${timeText(item.putMs)} (${agoText(nowMs, item.putMs)} ago)`],
      ["last used", `${timeText(item.usedMs)} (${agoText(nowMs, item.usedMs)} ago)`],
      ...(item.costMs === 0 ? [] : [["took", formatDuration(item.costMs)] as const]),
      ...Object.entries(item.provenance).map(([name, value]) => [`by ${name}`, value] as const),
      ["version", String(item.version)],
    ],
  };
}
