/** Two images side by side: layers, the entries of each, and the configuration. */

import { counted } from "../../../../report/document-blocks.ts";
import { readElf } from "../../../../go/elf/elf-file.ts";
import { locateInPrograms, type Location } from "../where/locate.ts";
import type { Image, ImageLayer } from "./image-archive.ts";
import type { TarEntry } from "./tar-entries.ts";

/** One kind of difference between the entries of a layer. */
export interface EntryDifference {
  readonly kind:
    | "added"
    | "removed"
    | "content"
    | "type"
    | "mode"
    | "owner"
    | "mtime"
    | "link"
    | "extensions"
    | "order";
  readonly count: number;
  /** The first few paths, with what it was and is. */
  readonly examples: readonly string[];
}

export interface LayerDifference {
  readonly number: number;
  /** `packing`: the same archive, compressed otherwise. */
  readonly change: "added" | "removed" | "packing" | "entries";
  readonly entries: readonly EntryDifference[];
  /** Go programs in it that differ, and where. */
  readonly programs: readonly (Location & { readonly path: string })[];
}

export interface ImageDifference {
  readonly platform: string;
  readonly isEqual: boolean;
  readonly summary: string;
  readonly layers: readonly LayerDifference[];
  /** JSON pointers into the configuration, with both values. */
  readonly config: readonly { readonly pointer: string; readonly from: string; readonly to: string }[];
}

export function compareImages(from: Image, to: Image): ImageDifference {
  const count = Math.max(from.layers.length, to.layers.length);
  const layers = Array.from({ length: count }, (_none, index) =>
    compareLayers(from.layers[index], to.layers[index], index + 1),
  );
  const different = layers.flatMap((layer) => layer ?? []);
  const config = compareJson(from.config, to.config, "");
  const isEqual = different.length === 0 && config.length === 0;
  return { platform: from.platform, isEqual, summary: summaryOf(different, config), layers: different, config };
}

function compareLayers(
  from: ImageLayer | undefined,
  to: ImageLayer | undefined,
  number: number,
): LayerDifference | undefined {
  const none = { number, entries: [], programs: [] };
  if (from === undefined || to === undefined) return { ...none, change: from === undefined ? "added" : "removed" };
  if (from.digest === to.digest) return undefined;
  if (from.diffId === to.diffId) return { ...none, change: "packing" };
  const [before, after] = [byPath(from.entries), byPath(to.entries)];
  return {
    number,
    change: "entries",
    entries: entryDifferences(before, after),
    programs: programDifferences(before, after),
  };
}

type Entries = ReadonlyMap<string, TarEntry>;

function byPath(entries: readonly TarEntry[]): Entries {
  return new Map(entries.map((entry) => [entry.path, entry]));
}

const mostExamples = 5;

const fields = {
  type: ({ type }: TarEntry) => type,
  mode: ({ mode }: TarEntry) => mode.toString(8),
  owner: ({ owner }: TarEntry) => owner,
  mtime: ({ mtime }: TarEntry) => timeText(mtime),
  link: ({ link }: TarEntry) => link,
  extensions: ({ extensions }: TarEntry) => JSON.stringify(extensions),
} as const;

function entryDifferences(from: Entries, to: Entries): EntryDifference[] {
  const found = new Map<EntryDifference["kind"], string[]>();
  const add = (kind: EntryDifference["kind"], example: string): void =>
    void found.set(kind, [...(found.get(kind) ?? []), example]);
  for (const [path, before] of from) {
    const after = to.get(path);
    if (after === undefined) {
      add("removed", path);
      continue;
    }
    if (!before.content.equals(after.content)) {
      add("content", `${path} (${before.content.length} bytes, ${after.content.length})`);
    }
    for (const [kind, textOf] of Object.entries(fields)) {
      const [was, is] = [textOf(before), textOf(after)];
      if (was !== is) add(kind as keyof typeof fields, `${folderMark(before)}${path}: ${was} then ${is}`);
    }
  }
  for (const path of to.keys()) if (!from.has(path)) add("added", path);
  const [order, other] = [[...from.keys()], [...to.keys()]].map((paths) =>
    paths.filter((path) => from.has(path) && to.has(path)),
  );
  if (order?.join("\0") !== other?.join("\0")) add("order", "the entries come in another order");
  return [...found].map(([kind, examples]) => ({
    kind,
    count: examples.length,
    examples: examples.slice(0, mostExamples),
  }));
}

function folderMark({ type }: TarEntry): string {
  return type === "5" ? "folder " : "";
}

function timeText(seconds: string): string {
  const whole = Number(seconds);
  if (!Number.isFinite(whole) || Math.abs(whole) > 8.64e12) return seconds;
  const fraction = /\.\d+$/.exec(seconds)?.[0] ?? "";
  return `${new Date(Math.floor(whole) * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

const mostPrograms = 3;

function programDifferences(from: Entries, to: Entries): (Location & { path: string })[] {
  const changed = [...from].flatMap(([path, before]) => {
    const after = to.get(path);
    const isProgram = after !== undefined && isElf(before.content) && isElf(after.content);
    return isProgram && !before.content.equals(after.content) ? [{ path, before, after }] : [];
  });
  return changed
    .slice(0, mostPrograms)
    .map(({ path, before, after }) => ({ path, ...locateInPrograms(before.content, after.content) }));
}

function isElf(content: Buffer): boolean {
  return content.length > 64 && content.readUInt32BE(0) === 0x7f454c46 && readElf(content) !== undefined;
}

const mostDepth = 30;
const valueChars = 120;

function compareJson(
  from: unknown,
  to: unknown,
  pointer: string,
  depth = 0,
): { pointer: string; from: string; to: string }[] {
  const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;
  if (!isTree(from) || !isTree(to) || Array.isArray(from) !== Array.isArray(to) || depth > mostDepth) {
    const [before, after] = [valueText(from), valueText(to)];
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ pointer, from: before, to: after }];
  }
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const [left, right] = [from as Record<string, unknown>, to as Record<string, unknown>];
  return keys.flatMap((key) => {
    const escaped = key.replaceAll("~", "~0").replaceAll("/", "~1");
    return compareJson(left[key], right[key], `${pointer}/${escaped}`, depth + 1);
  });
}

function valueText(value: unknown): string {
  return (JSON.stringify(value) ?? "not there").slice(0, valueChars);
}

/** Keys that say when and where an image was built, not what is in it. */
const buildMarks =
  /^\/(?:created|history\/\d+\/created|container(?:_config\/Hostname)?|id|docker_version|config\/Hostname)$/;

function summaryOf(layers: readonly LayerDifference[], config: ImageDifference["config"]): string {
  if (layers.length === 0 && config.length === 0) return "The two are equal.";
  const sentences = layers.map((layer) => `Layer ${layer.number}: ${layerSentence(layer)}.`);
  const own = config.filter(({ pointer }) => !pointer.startsWith("/rootfs/diff_ids"));
  const marks = own.filter(({ pointer }) => buildMarks.test(pointer));
  const others = own.filter((one) => !marks.includes(one)).map(({ pointer }) => pointer);
  if (others.length > 0) sentences.push(`The configuration differs in ${others.join(", ")}.`);
  else if (own.length > 0) sentences.push("The configuration differs only in when and where it was built.");
  return sentences.join(" ");
}

function layerSentence({ change, entries, programs }: LayerDifference): string {
  if (change === "packing") return "the same archive, packed otherwise";
  if (change !== "entries") return `only ${change === "added" ? "the second" : "the first"} image has it`;
  const [only] = entries;
  const isTimes = entries.length === 1 && only?.kind === "mtime";
  const areFolders = isTimes && only.examples.every((example) => example.startsWith("folder "));
  if (areFolders) {
    return `the times of ${counted(only.count, "folder", "folders")}, which an image builder makes anew; the files are the same`;
  }
  if (isTimes) return `the times of ${counted(only.count, "entry", "entries")}, and nothing else`;
  const kinds = entries.map(({ kind, count }) => `${kind} of ${count}`).join(", ");
  return programs.length === 0
    ? kinds
    : `${kinds}; ${programs.map(({ path, summary }) => `${path}: ${summary}`).join(" ")}`;
}
