/**
 * What two builds of the same have in common. Whatever differs between them is chance, the time of the build above all,
 * and is replaced by one word: images of two combinations then differ only where a factor changes something.
 */

import type { Image, ImageLayer } from "../image/image-archive.ts";
import type { TarEntry } from "../image/tar-entries.ts";

const byChance = "by chance";

export interface MaskedImage {
  readonly image: Image;
  /** What differed: `configuration /created`, `layer 2: mtime`. */
  readonly chance: readonly string[];
}

/** The first of two builds, without what differs in the second. */
export function maskChance(first: Image, second: Image): MaskedImage {
  const chance: string[] = [];
  const config = maskJson(first.config, second.config, "", chance);
  const layers = first.layers.map((layer, index) => maskLayer(layer, second.layers[index], index + 1, chance));
  if (first.layers.length !== second.layers.length) chance.push("the number of layers");
  return { image: { ...first, config, layers }, chance: [...new Set(chance)] };
}

const mostDepth = 30;

function maskJson(from: unknown, to: unknown, pointer: string, chance: string[], depth = 0): unknown {
  const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;
  if (JSON.stringify(from) === JSON.stringify(to)) return from;
  if (!isTree(from) || !isTree(to) || Array.isArray(from) !== Array.isArray(to) || depth > mostDepth) {
    // What follows from the layers is said of the layers.
    if (!pointer.startsWith("/rootfs/diff_ids")) chance.push(`configuration ${pointer.replace(/\/\d+\//, "/*/")}`);
    return byChance;
  }
  const [left, right] = [from as Record<string, unknown>, to as Record<string, unknown>];
  const masked = Object.keys(left).map((key) => [
    key,
    maskJson(left[key], right[key], `${pointer}/${key}`, chance, depth + 1),
  ]);
  return Array.isArray(from) ? masked.map(([, value]) => value) : Object.fromEntries(masked);
}

function maskLayer(from: ImageLayer, to: ImageLayer | undefined, number: number, chance: string[]): ImageLayer {
  if (to === undefined || from.digest === to.digest) return from;
  const others = new Map(to.entries.map((entry) => [entry.path, entry]));
  const entries = from.entries.map((entry) => maskEntry(entry, others.get(entry.path), `layer ${number}: `, chance));
  const hasher = new Bun.CryptoHasher("sha256");
  for (const { content, ...fields } of entries) hasher.update(JSON.stringify(fields)).update(content);
  const digest = `${byChance} ${hasher.digest("hex")}`;
  return { digest, diffId: digest, entries };
}

const masked = Buffer.from(byChance);

function maskEntry(from: TarEntry, to: TarEntry | undefined, where: string, chance: string[]): TarEntry {
  if (to === undefined) {
    chance.push(`${where}which entries there are`);
    return { ...from, content: masked };
  }
  const differs = (name: "mtime" | "owner" | "link"): boolean => from[name] !== to[name];
  const words = (["mtime", "owner", "link"] as const).filter(differs);
  const hasOtherContent = !from.content.equals(to.content);
  for (const word of [...words, ...(hasOtherContent ? [`content of ${from.path}`] : [])]) {
    chance.push(`${where}${word}`);
  }
  return {
    ...from,
    ...Object.fromEntries(words.map((word) => [word, byChance])),
    ...(hasOtherContent ? { content: masked } : {}),
  };
}
