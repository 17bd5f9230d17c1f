/** The targets of a Bake file, HCL or JSON, with what they inherit and their variables' defaults put in. */

import type { Span } from "../shell/shell-command.ts";
import { rangeAt } from "../source-text.ts";
import type { SourceText } from "../source-text.ts";
import { readCacheReference } from "./cache-reference.ts";
import { folderOf, joinPath } from "../go-module.ts";
import { readHcl } from "./hcl.ts";
import type { HclBlock, HclValue } from "./hcl.ts";
import type { ImageBuild, Pair, Piece } from "./model.ts";

export interface ReadBuilds {
  readonly builds: readonly ImageBuild[];
  readonly problems: readonly { readonly offset: number; readonly reason: string }[];
}

const maxInheritance = 20;

/** Reads docker-bake.hcl. */
export function readBakeHcl(source: SourceText): ReadBuilds {
  const { blocks, problem } = readHcl(source.text);
  const defaults = new Map<string, string>();
  for (const { type, labels, attributes } of blocks) {
    const value = attributes.get("default")?.text;
    if (type === "variable" && value !== undefined) defaults.set(labels[0] ?? "", value);
  }
  const targets = new Map(
    blocks.filter(({ type }) => type === "target").map((block) => [block.labels[0] ?? "", block]),
  );
  const problems = problem === undefined ? [] : [problem];
  return { builds: Array.from(targets.values(), (target) => readTarget(source, target, targets, defaults)), problems };
}

/** Reads docker-bake.json: the same shapes, written as JSON, which the reader takes for objects. */
export function readBakeJson(source: SourceText): ReadBuilds {
  const before = 'file "json" ';
  const shift = -before.length;
  const { blocks, problem } = readHcl(before + source.text);
  const [root] = blocks;
  const targets = new Map<string, HclBlock>();
  for (const [name, value] of root?.attributes.get("target")?.entries ?? []) {
    const attributes = value.entries ?? new Map<string, HclValue>();
    targets.set(name, { type: "target", labels: [name], attributes, start: value.start, end: value.start + 1 });
  }
  const moved = new Map(Array.from(targets, ([name, block]) => [name, moveBlock(block, shift)]));
  return {
    builds: Array.from(moved.values(), (target) => readTarget(source, target, moved, new Map())),
    problems: problem === undefined ? [] : [{ ...problem, offset: Math.max(0, problem.offset + shift) }],
  };
}

function moveBlock(block: HclBlock, by: number): HclBlock {
  const attributes = new Map(Array.from(block.attributes, ([name, value]) => [name, moveValue(value, by)]));
  return { ...block, attributes, start: block.start + by, end: block.end + by };
}

function moveValue(value: HclValue, by: number): HclValue {
  const { text, items, entries } = value;
  return {
    start: value.start + by,
    end: value.end + by,
    ...(text === undefined ? {} : { text }),
    ...(items === undefined ? {} : { items: items.map((item) => moveValue(item, by)) }),
    ...(entries === undefined
      ? {}
      : { entries: new Map(Array.from(entries, ([name, entry]) => [name, moveValue(entry, by)])) }),
  };
}

function readTarget(
  source: SourceText,
  target: HclBlock,
  targets: ReadonlyMap<string, HclBlock>,
  defaults: ReadonlyMap<string, string>,
): ImageBuild {
  const attributes = inherited(target, targets, maxInheritance);
  const text = (name: string): string | undefined => known(attributes.get(name), defaults)?.text;
  const list = (name: string): Piece[] =>
    (attributes.get(name)?.items ?? []).flatMap((item) => known(item, defaults) ?? []);
  const place = (span: Span) => ({ path: source.path, ...rangeAt(source, span.start, span.end) });
  const context = text("context") ?? (attributes.has("context") ? undefined : ".");
  const isLocal = context !== undefined && !/^\w+:|^git@/.test(context);
  const folder = isLocal ? joinPath(folderOf(source.path), context) : undefined;
  const file = text("dockerfile") ?? (attributes.has("dockerfile") ? undefined : "Dockerfile");
  return {
    tool: "bake",
    source,
    name: target.labels[0] ?? "",
    span: { start: target.start, end: source.text.indexOf("\n", target.start) },
    context: folder,
    dockerfile:
      folder === undefined || file === undefined || attributes.has("dockerfile-inline")
        ? undefined
        : joinPath(folder, file),
    target: text("target"),
    platforms: list("platforms").map((piece) => piece.text),
    args: argPairs(attributes.get("args"), defaults),
    cacheTo: references(attributes.get("cache-to"), defaults),
    cacheFrom: references(attributes.get("cache-from"), defaults),
    keepsMounts: false,
    place,
  };
}

function inherited(target: HclBlock, targets: ReadonlyMap<string, HclBlock>, depth: number): Map<string, HclValue> {
  const merged = new Map<string, HclValue>();
  for (const name of depth === 0 ? [] : (target.attributes.get("inherits")?.items ?? [])) {
    const parent = targets.get(name.text ?? "");
    if (parent !== undefined && parent !== target) {
      for (const [key, value] of inherited(parent, targets, depth - 1)) merged.set(key, value);
    }
  }
  for (const [key, value] of target.attributes) merged.set(key, value);
  return merged;
}

/** The text with `${NAME}` replaced by the variable's default; `undefined` where that is not known. */
function known(value: HclValue | undefined, defaults: ReadonlyMap<string, string>): Piece | undefined {
  if (value?.text === undefined) return undefined;
  let isKnown = true;
  const text = value.text.replace(/\$\{([^{}]*)\}/g, (written: string, name: string) => {
    isKnown &&= defaults.has(name.trim());
    return defaults.get(name.trim()) ?? written;
  });
  return isKnown ? { text, start: value.start, end: value.end } : undefined;
}

function argPairs(value: HclValue | undefined, defaults: ReadonlyMap<string, string>): Pair[] {
  return Array.from(value?.entries ?? [], ([name, entry]) => {
    const text = known(entry, defaults)?.text;
    const span = { start: entry.start, end: entry.end };
    return { name, ...span, ...(text === undefined ? {} : { value: text, valueSpan: span }) };
  });
}

function references(value: HclValue | undefined, defaults: ReadonlyMap<string, string>): ImageBuild["cacheTo"] {
  return (value?.items ?? []).map((item) => {
    const own = item.entries === undefined ? item.text : objectText(item.entries);
    const text = known({ ...item, ...(own === undefined ? {} : { text: own }) }, defaults)?.text ?? own ?? "";
    return readCacheReference(text, item);
  });
}

/** `{ type = "registry", ref = "…" }` as the string that means the same. */
function objectText(entries: ReadonlyMap<string, HclValue>): string {
  return Array.from(entries, ([name, value]) => `${name}=${value.text ?? ""}`).join(",");
}
