/** A YAML value with its place in the file: what the models of pipelines and manifests are read from. */

export type YamlStyle = "plain" | "quoted" | "literal" | "folded";

export interface YamlEntry {
  readonly key: YamlNode;
  readonly value: YamlNode;
  /** From the key to the end of the value. */
  readonly start: number;
  readonly end: number;
}

export interface YamlNode {
  readonly kind: "map" | "list" | "scalar";
  /** A scalar as text, never interpreted: `1.20` stays `1.20` and `on` stays `on`. Empty for maps, lists and null. */
  readonly text: string;
  readonly style: YamlStyle;
  /** A map's entries, with merge keys (`<<`) already applied. */
  readonly entries: ReadonlyMap<string, YamlEntry>;
  readonly items: readonly YamlNode[];
  /** A tag as written, for instance `!reference`. */
  readonly tag: string | undefined;
  /** Offsets into the file's text. */
  readonly start: number;
  readonly end: number;
}

const none: ReadonlyMap<string, YamlEntry> = new Map();

/** A scalar that stands for something absent, at `offset`. */
export function emptyScalar(offset: number): YamlNode {
  return {
    kind: "scalar",
    text: "",
    style: "plain",
    entries: none,
    items: [],
    tag: undefined,
    start: offset,
    end: offset,
  };
}

/** The value under `key` of a map; undefined when it is absent or the node is no map. */
export function yamlChild(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.entries.get(key)?.value;
}

/** The value found by following `keys` from map to map. */
export function yamlAt(node: YamlNode | undefined, ...keys: readonly string[]): YamlNode | undefined {
  return keys.reduce(yamlChild, node);
}

/** The text of a scalar; undefined for anything else, and for null. */
export function yamlText(node: YamlNode | undefined): string | undefined {
  if (node?.kind !== "scalar" || isNull(node)) return undefined;
  return node.text;
}

/** A list's items; a scalar counts as a list of itself, since most formats allow both. */
export function yamlItems(node: YamlNode | undefined): readonly YamlNode[] {
  if (node === undefined || node.kind === "map" || isNull(node)) return [];
  return node.kind === "list" ? node.items : [node];
}

/** A map's entries in the order of the file. */
export function yamlEntries(node: YamlNode | undefined): readonly (readonly [string, YamlEntry])[] {
  return node === undefined ? [] : [...node.entries];
}

function isNull(node: YamlNode): boolean {
  return node.kind === "scalar" && node.style === "plain" && /^(?:|~|null|Null|NULL)$/.test(node.text);
}

/**
 * Where the text at `offset` of a scalar stands in the file. Exact for literal blocks and for scalars on one line; for
 * folded ones the place of the first word that follows.
 */
export function sourceOffset(source: string, node: YamlNode, offset: number): number {
  if (node.style === "literal") return offsetFinder(source, node)(offset);
  const skip = node.style === "quoted" ? 1 : 0;
  if (!source.slice(node.start, node.end).includes("\n") && node.style !== "folded") return node.start + skip + offset;
  const word = /\S+/.exec(node.text.slice(offset, offset + 200))?.[0] ?? "";
  const found = word === "" ? -1 : source.indexOf(word, node.start);
  return found < 0 || found >= node.end ? node.start : found;
}

/** The same as a function that is quick for many offsets of one scalar. */
export function offsetFinder(source: string, node: YamlNode): (offset: number) => number {
  if (node.style !== "literal") return (offset) => sourceOffset(source, node, offset);
  let lines: readonly BlockLine[] | undefined;
  return (offset) => {
    lines ??= blockLines(source, node);
    let [low, high] = [0, lines.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lines[middle]?.text ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const line = lines[low];
    return line === undefined ? node.start : Math.min(line.source + offset - line.text, node.end);
  };
}

interface BlockLine {
  /** Where the line begins in the scalar's text, and where that is in the file. */
  readonly text: number;
  readonly source: number;
}

function blockLines(source: string, node: YamlNode): readonly BlockLine[] {
  const indent = blockIndent(source, node);
  const lines: BlockLine[] = [];
  let line = source.indexOf("\n", node.start) + 1;
  for (let text = 0; line > 0; line = source.indexOf("\n", line) + 1) {
    lines.push({ text, source: line + indent });
    const end = node.text.indexOf("\n", text);
    if (end < 0) break;
    text = end + 1;
  }
  return lines;
}

/** Blanks before the first line of a block that has text. */
function blockIndent(source: string, node: YamlNode): number {
  const first = /\n([ ]*)[^\s]/.exec(source.slice(node.start, node.end));
  const own = /^\s*/.exec(node.text.split("\n").find((line) => line.trim() !== "") ?? "")?.[0].length ?? 0;
  return Math.max(0, (first?.[1]?.length ?? 0) - own);
}
