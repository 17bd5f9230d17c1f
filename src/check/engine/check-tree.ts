/** Runs the rules of all areas over one tree of files. */

import type { AreaRequest, AreaResult, GoBuild } from "../area.ts";
import type { Finding, Partial } from "../finding.ts";
import { areas } from "../rule.ts";
import type { Area } from "../rule.ts";
import { areaTable } from "./area-table.ts";
import type { Directive } from "./directives.ts";
import { findDirectives } from "./directives.ts";
import type { Discovery } from "./discovery.ts";
import { concerns } from "./file-kind.ts";
import { goIdentity } from "./go-identity.ts";
import type { ResultCache } from "./result-cache.ts";
import { areaOf } from "./rule-choice.ts";
import { digestOf, hashFile, isStill, readTextFile, takeSnapshot } from "./snapshot.ts";
import type { Snapshot } from "./snapshot.ts";

export interface TreeRequest {
  readonly root: string;
  readonly discovery: Discovery;
  /** Areas that are checked. */
  readonly only: readonly Area[];
  /** Rules that run, of any area. */
  readonly rules: ReadonlySet<string>;
  readonly builds: readonly GoBuild[];
  readonly depth: "syntax" | "types";
  readonly cgo: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly cache: ResultCache;
  /** Changes with the program that checks, so that its results are not taken for another's. */
  readonly toolIdentity: string;
}

export interface TreeResult {
  /** As the rules reported them, each once. */
  readonly findings: readonly Finding[];
  readonly partial: readonly Partial[];
  readonly directives: readonly Directive[];
  readonly checkedFiles: number;
  /** What each file held, as a hash. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Areas that ran, with the depth that they reached. */
  readonly ran: ReadonlyMap<Area, AreaResult["depth"]>;
  /** Files that rules which need types did not see. */
  readonly untyped: ReadonlySet<string>;
  /** What failed inside an area: bugs in Ballast. Its files count as not checked. */
  readonly bugs: readonly Error[];
}

/** Checks a tree. What an area throws is kept as a bug, and the other areas go on. */
export async function checkTree(request: TreeRequest): Promise<TreeResult> {
  const { root, discovery, only } = request;
  const snapshot = takeSnapshot(root, discovery.files);
  const wanted = areas.filter((area) => only.includes(area) && isNeeded(area, request));
  const bugs: Error[] = [];
  const results = await Promise.all(
    wanted.map(async (area) => {
      try {
        return await runArea(area, request, snapshot);
      } catch (cause) {
        request.signal.throwIfAborted();
        bugs.push(cause instanceof Error ? cause : new Error(String(cause), { cause }));
        return crashed(area, cause);
      }
    }),
  );
  request.signal.throwIfAborted();
  const unreadable = [...snapshot.unreadable].map(([path, reason]) => ({
    path,
    line: 1,
    reason: `not read: ${reason}`,
  }));
  return {
    findings: once(
      results.flatMap(({ findings }) => findings),
      findingKey,
    ),
    partial: once([...discovery.partial, ...unreadable, ...results.flatMap(({ partial }) => partial)], partialKey),
    directives: directivesOf(request, snapshot),
    checkedFiles: results.reduce((sum, { checkedFiles }) => sum + checkedFiles, 0),
    hashes: new Map([...snapshot.states].map(([path, { hash }]) => [path, hash])),
    ran: new Map(wanted.map((area, index) => [area, results[index]?.depth])),
    untyped: new Set(results.flatMap(({ untypedFiles }) => untypedFiles ?? [])),
    bugs,
  };
}

function isNeeded(area: Area, { discovery, rules }: TreeRequest): boolean {
  const { kinds } = areaTable[area];
  const hasRules = [...rules].some((rule) => areaOf(rule) === area);
  return hasRules && discovery.files.some(({ kind }) => kinds.has(kind));
}

function crashed(area: Area, cause: unknown): AreaResult {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const partial = [{ path: ".", line: 1, reason: `${area}: not checked, because of a bug in Ballast: ${reason}` }];
  return { findings: [], partial, checkedFiles: 0 };
}

async function runArea(area: Area, request: TreeRequest, snapshot: Snapshot): Promise<AreaResult> {
  const files = request.discovery.files.filter(({ kind }) => concerns(area, kind));
  const rules = new Set([...request.rules].filter((rule) => areaOf(rule) === area));
  const key = cacheKey(area, request, snapshot, [...rules]);
  const known = request.cache.find(key, request.root);
  if (known !== undefined) return known;
  const otherReads = new Map<string, string>();
  const run = await areaTable[area].load();
  const kept = request.cache.openParts(partsKey(area, request, [...rules]));
  const result = await run({ ...areaRequest(request, snapshot, otherReads), files, rules, kept });
  // What was interrupted, or written meanwhile, is no result of these contents.
  if (request.signal.aborted || !isStill(snapshot)) return result;
  request.cache.store(key, result, otherReads);
  kept?.write();
  return result;
}

function areaRequest(
  { root, discovery, builds, depth, cgo, env, signal }: TreeRequest,
  snapshot: Snapshot,
  otherReads: Map<string, string>,
): Omit<AreaRequest, "files" | "rules"> {
  const listed = new Set(discovery.paths);
  const readText = (path: string): string | undefined => {
    if (!listed.has(path)) return undefined;
    if (!snapshot.states.has(path)) otherReads.set(path, hashFile(root, path));
    return readTextFile(root, path);
  };
  return { root, paths: discovery.paths, readText, builds, depth, cgo, env, signal };
}

/** Everything that a result depends on. Go's area reads Go files only; the others may look at anything. */
function cacheKey(area: Area, request: TreeRequest, snapshot: Snapshot, rules: readonly string[]): string {
  const { discovery, builds, depth, cgo, env, toolIdentity, root } = request;
  const files = discovery.files.filter(({ kind }) => concerns(area, kind)).map(({ path }) => path);
  // With types, a go.mod may name folders outside of the tree by paths relative to it.
  const ofGo = [builds, depth, cgo, ...(depth === "types" ? [root, goIdentity(env)] : [])];
  const besides = area === "go" ? ofGo : discovery.paths;
  const facts = JSON.stringify([toolIdentity, area, rules.toSorted(), besides, digestOf(snapshot, files)]);
  return new Bun.CryptoHasher("sha256").update(facts).digest("hex");
}

/** What does not change from run to run in one checkout. */
function partsKey(area: Area, { toolIdentity, root }: TreeRequest, rules: readonly string[]): string {
  const facts = JSON.stringify(["parts", toolIdentity, area, rules.toSorted(), root]);
  return new Bun.CryptoHasher("sha256").update(facts).digest("hex");
}

function directivesOf({ root, discovery }: TreeRequest, { states }: Snapshot): Directive[] {
  return discovery.files
    .filter(({ path }) => states.get(path)?.hasDirective === true)
    .flatMap(({ path, kind }) => findDirectives(path, kind, readTextFile(root, path) ?? ""));
}

function findingKey({ rule, path, line, column, message }: Finding): string {
  return `${rule}\0${path}\0${line}\0${column}\0${message}`;
}

function partialKey({ path, line, reason }: Partial): string {
  return `${path}\0${line}\0${reason}`;
}

/** Several builds, and several parts of one model, say the same. */
function once<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
